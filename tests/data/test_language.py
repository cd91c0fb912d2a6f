"""reads_english: sure about other languages and scripts, and never alarmed by informal English."""

from __future__ import annotations

import pytest

from mmdemo.data.language import reads_english

FOREIGN = {
    "German": [
        "Ich bin heute sehr glücklich über das Ergebnis.",
        "ich hab keinen bock mehr auf diese arbeit",
        "bin so froh dass du da bist",
    ],
    "French": [
        "Je suis tellement contente de te revoir !",
        "j'en ai marre de ce travail",
        "C'est pas possible ça",
    ],
    "Spanish": ["Estoy muy feliz de verte otra vez.", "Me da mucho miedo salir de noche sola."],
    "Italian": ["Sono molto felice di vederti di nuovo.", "Ho paura di restare da solo a casa."],
    "Portuguese": ["Estou muito feliz com o resultado de hoje.", "Não acredito que você fez isso."],
    "Dutch": ["Ik ben heel blij met het resultaat van vandaag.", "ik ben zo boos op jou vandaag"],
    "Turkish": ["Bugün kendimi çok mutlu hissediyorum.", "bu habere çok üzüldüm gerçekten"],
    "Polish": ["Jestem dzisiaj bardzo szczęśliwa z wyniku.", "bardzo się boję zostać sama w domu"],
    "Chinese": ["我今天非常高兴。", "这真让人难过", "好"],
    "Japanese": ["今日はとても嬉しいです。", "なんで教えてくれなかったの？"],
    "Korean": ["오늘 정말 행복해요"],
    "Cyrillic script": ["Я сегодня очень счастлив.", "мне страшно"],
    "Arabic script": ["أنا سعيد جدا اليوم", "أشعر بالحزن"],
    "Devanagari script": ["मैं आज बहुत खुश हूँ", "मुझे डर लग रहा है"],
    "Greek": ["Είμαι πολύ χαρούμενος σήμερα"],
    "Thai": ["วันนี้ฉันมีความสุขมาก"],
}
ENGLISH = [
    "",
    "   ",
    "!!! 123 :-)",
    "lol",
    "Danke",
    "haha nooo wayyy",
    "I am so happy you came!",
    "ngl thats kinda sus bro",
    "omg im literally crying rn 😭😭😭",
    "Thank you, Jürgen Müller and François, for the lovely evening in São Paulo.",
    "I told him 'c'est la vie' and he just laughed at me.",
    "ಠ_ಠ",
    "ಠ_ಠ what did you just say",
    "¯\\_(ツ)_/¯",
    "look at this ʕ•ᴥ•ʔ so cute",
    "𝓘 𝓪𝓶 𝓼𝓸 𝓱𝓪𝓹𝓹𝔂",
    "Ｉ ａｍ ｓｏ ｈａｐｐｙ",
    "The word 快乐 means happy in Chinese, and I like it a lot.",
    "https://example.org/ich/bin/ein/berliner @benutzer #glück",
    "[NAME] is the worst, r/de is better",
    "WHY WOULD YOU DO THAT TO ME",
    "I am furious. " * 5000,
]


@pytest.mark.parametrize(
    ("language", "text"), [(name, text) for name, texts in FOREIGN.items() for text in texts]
)
def test_other_languages_and_scripts_are_named(language, text):
    assert reads_english(text) == (False, language)


@pytest.mark.parametrize("text", ENGLISH, ids=lambda text: text[:30])
def test_english_and_what_cannot_be_told_pass(text):
    assert reads_english(text) == (True, "")

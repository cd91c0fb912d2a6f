"""Whether a text is in English: the default text encoder reads nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from threading import Lock

# First word of a letter's Unicode name -> what a person calls it. Only what is listed counts as
# foreign, so that an odd symbol in an English text never does.
_SCRIPTS = {
    "CJK": "Chinese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "THAI": "Thai",
    "GREEK": "Greek",
    "HEBREW": "Hebrew",
    "ARMENIAN": "Armenian",
    "GEORGIAN": "Georgian",
    "CYRILLIC": "Cyrillic script",
    "ARABIC": "Arabic script",
    "DEVANAGARI": "Devanagari script",
    "BENGALI": "Bengali script",
    "TAMIL": "Tamil",
    "TELUGU": "Telugu",
    "KANNADA": "Kannada",
    "MALAYALAM": "Malayalam",
    "GUJARATI": "Gujarati",
    "GURMUKHI": "Punjabi",
    "SINHALA": "Sinhala",
    "KHMER": "Khmer",
    "LAO": "Lao",
    "MYANMAR": "Burmese",
    "ETHIOPIC": "Ethiopic script",
    "TIBETAN": "Tibetan",
    "MONGOLIAN": "Mongolian",
}
# The languages that are told apart in Latin script. py3langid knows 140; with these alone both
# mistakes are rarer. Measured on all 48,836 GoEmotions sentences (informal English), of which
# 0.057 % are taken for another language, and on 72 sentences in 17 languages, written for this
# and used to choose the thresholds, which are all seen to be foreign (67 with all languages).
_LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "pt": "Portuguese", "nl": "Dutch", "tr": "Turkish", "pl": "Polish", "sv": "Swedish",
    "da": "Danish", "no": "Norwegian", "fi": "Finnish", "cs": "Czech", "sk": "Slovak",
    "hu": "Hungarian", "ro": "Romanian", "hr": "Croatian", "sl": "Slovenian", "id": "Indonesian",
    "vi": "Vietnamese", "ca": "Catalan", "et": "Estonian", "lv": "Latvian", "lt": "Lithuanian",
}  # fmt: skip
_SURE = 0.4  # probability of the best language
_SURE_IF_SHORT = 0.5  # in fewer words than _SHORT
_SHORT = 5
_MIN_WORDS = 3  # "lol", "haha no" or a name alone have no language that could be told
_LOOKED_AT = 2_000  # characters; more do not change the answer
_MOSTLY = 0.5  # share of the letters in a foreign script
# web addresses, user names and tags say nothing about the language
_NOT_WORDS = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+|/?\b[ru]/\w+|\[[A-Z]+\]")
_WORD = re.compile(r"[^\W\d_]+")
_lock = Lock()


def reads_english(text: str) -> tuple[bool, str]:
    """(True, "") for English and for whatever is too short to tell, else (False, what it is).

    What it is: a language ("German", "Chinese") or, where a script serves many languages, the
    script ("Cyrillic script").
    """
    # compatibility forms first: letters in mathematical bold or full width are plain Latin
    text = _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text[:_LOOKED_AT]))
    script = _foreign_script(text)
    if script:
        return False, script
    words = len(_WORD.findall(text))
    if words < _MIN_WORDS:
        return True, ""
    with _lock:
        language, probability = _identifier().classify(text)
    if language == "en" or probability < (_SURE_IF_SHORT if words < _SHORT else _SURE):
        return True, ""
    return False, _LANGUAGES[language]


def _foreign_script(text: str) -> str:
    """The script that most letters are in, if it is one of _SCRIPTS."""
    counts: Counter[str] = Counter()
    for word in re.findall(r"[^\W\d_][^\s\d_]*", text):
        scripts = [s for s in map(_script, word) if s]
        # single letters of far scripts draw faces, like the Kannada eyes of ಠ_ಠ
        if len(scripts) > 1 or "Chinese" in scripts or "Latin" in scripts:
            counts.update(scripts)
    foreign = {script: n for script, n in counts.items() if script != "Latin"}
    if sum(foreign.values()) <= _MOSTLY * sum(counts.values()):
        return ""
    if "Japanese" in foreign:  # Japanese writes most of its words with Chinese characters
        return "Japanese"
    return max(foreign, key=foreign.__getitem__)


def _script(character: str) -> str:
    """Script of a letter or of a mark on one; "" for everything else."""
    if character < "\x80":
        return "Latin" if character.isalpha() else ""
    if unicodedata.category(character)[0] not in "LM":
        return ""
    name = unicodedata.name(character, "").partition(" ")[0]
    return "Latin" if name == "LATIN" else _SCRIPTS.get(name, "")


@cache
def _identifier():
    """py3langid with the languages above; the package carries its model (1 s, 80 MB)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_LANGUAGES))
    return identifier

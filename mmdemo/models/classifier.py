"""The classifier: encoders + fusion head + labels + calibration. Emotion recognition is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn

from ..errors import CheckpointError, EmptyInputError
from ..types import Note, Reading
from .encoders import TextBatch, TextEncoder, Tokens, VisionEncoder
from .fusion import ConcatHead, CrossAttentionHead, Fused, build_head
from .text_notes import text_notes
from .token_sets import average_frames, concatenate, scatter, select

Look = Image.Image | Sequence[Image.Image]  # a picture, or frames of a video
CHECK_SIDE = 48  # pictures are judged at the size of FER2013, so that sharpness tells nothing


@dataclass(frozen=True)
class ClassifierConfig:
    """What a checkpoint's config.json says about the classifier.

    temperatures: "text", "vision", "text+vision" -> T of softmax(logits / T) (Guo et al., 2017).
    thresholds: label -> probability from which the label counts as present.
    crop: "face" when the vision side reads face crops, "none" when it reads whole pictures.
    face_check: score from which a whole picture counts as a face crop (looks_like_face).
    """

    labels: tuple[str, ...]
    text_encoder: dict
    vision_encoder: dict
    fusion: dict
    temperatures: dict[str, float]
    thresholds: dict[str, float]
    crop: str = "face"
    face_check: float | None = None

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise CheckpointError(
                f"A classifier needs two or more different labels, not {self.labels}."
            )
        for name, value in {**self.temperatures, **self.thresholds}.items():
            if not math.isfinite(value) or value <= 0:
                raise CheckpointError(f"The value {value} for {name} must be a number above 0.")
        if self.crop not in ("face", "none"):
            raise CheckpointError(f'crop must be "face" or "none", not {self.crop!r}.')

    @classmethod
    def from_dict(cls, config: Mapping) -> ClassifierConfig:
        """Checked config from a parsed config.json; keys of other parts are left alone."""
        try:
            return cls(
                labels=tuple(str(name) for name in config["labels"]),
                text_encoder=dict(config["text_encoder"]),
                vision_encoder=dict(config["vision_encoder"]),
                fusion=dict(config["fusion"]),
                temperatures={k: float(v) for k, v in config["temperatures"].items()},
                thresholds={k: float(config["thresholds"][k]) for k in config["labels"]},
                crop=config.get("crop", "face"),
                face_check=config.get("face_check"),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise CheckpointError(f"config.json lacks or misspells {error}.") from None


class Classifier(nn.Module):
    """Text and pictures in, :class:`mmdemo.types.Reading` out.

    ``mirror`` averages the logits over a face and its mirror image: faces are nearly symmetric and
    two cheap looks are better than one. Whole pictures are not mirrored: an arrow to the left, or
    words in a picture, mean something else then.
    """

    def __init__(
        self,
        config: ClassifierConfig,
        text_encoder: TextEncoder,
        vision_encoder: VisionEncoder,
        *,
        mirror: bool = True,
    ) -> None:
        super().__init__()
        self.config = config
        self.text_encoder = text_encoder
        self.vision_encoder = vision_encoder
        widths = {"text": text_encoder.width, "vision": vision_encoder.width}
        self.head: ConcatHead | CrossAttentionHead = build_head(
            config.fusion, widths, len(config.labels)
        )
        self.face_check = (
            nn.Linear(vision_encoder.middle_width, 1) if config.face_check is not None else None
        )
        self.mirror = mirror and config.crop == "face"
        self.eval()

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names in the order of the logits."""
        return self.config.labels

    @property
    def thresholds(self) -> dict[str, float]:
        """Probability from which each label counts as present."""
        return self.config.thresholds

    def encode_text(
        self, texts: Sequence[str], attention: bool = False
    ) -> tuple[Tokens, TextBatch]:
        """n sentences -> Tokens; an empty sentence gets an all-False mask, so it is not seen."""
        batch = self.text_encoder.tokenize(list(texts))
        tokens = self.text_encoder(batch.ids, batch.mask, attention=attention)
        present = torch.tensor([bool(t.strip()) for t in texts])
        return tokens._replace(mask=tokens.mask & present[:, None]), batch

    def fuse(self, text: Tokens | None, vision: Tokens | None) -> Fused:
        """Token sets (None = that modality is missing for all) -> logits and attention."""
        given = {"text": text, "vision": vision}
        return self.head({name: t for name, t in given.items() if t is not None})

    def probabilities(self, logits: Tensor, has_text: Tensor, has_vision: Tensor) -> Tensor:
        """Calibrated softmax: (n, c) logits, two (n,) bool -> (n, c) rows that sum to 1."""
        t = self.config.temperatures
        both, text = t.get("text+vision", 1.0), t.get("text", 1.0)
        scale = torch.full(has_text.shape, t.get("vision", 1.0))
        scale[has_text] = text
        scale[has_text & has_vision] = both
        return (logits / scale[:, None]).softmax(-1)

    @torch.inference_mode()
    def classify(self, texts: Sequence[str], faces: Sequence[Look | None]) -> list[Reading]:
        """Read n samples; "" and None mean missing. Each modality is also read alone.

        Several pictures in place of one are frames of one video: their tokens are averaged, as in
        training. Raises EmptyInputError when a sample has neither.
        """
        rows, has_text, has_face = self._read(texts, faces, alone=True)
        return [
            self._reading(i, rows, bool(has_text[i]), bool(has_face[i])) for i in range(len(texts))
        ]

    @torch.inference_mode()
    def predict_proba(self, texts: Sequence[str], faces: Sequence[Look | None]) -> Tensor:
        """(n, c) probabilities as :meth:`classify` gives them; no modality is read alone."""
        return self._read(texts, faces, alone=False)[0]["fused"]

    def _read(
        self, texts: Sequence[str], faces: Sequence[Look | None], *, alone: bool
    ) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Probabilities by what was read, and (n,) bool each: which samples have text, a face."""
        if len(texts) != len(faces):
            raise ValueError(f"{len(texts)} texts for {len(faces)} faces")
        has_text = torch.tensor([bool(t.strip()) for t in texts])
        has_face = torch.tensor([f is not None for f in faces])
        if not bool((has_text | has_face).all()):
            raise EmptyInputError("There is nothing to read: give a sentence, a picture, or both.")
        text = self._text_tokens(texts, has_text)
        looks = self._face_tokens(faces, has_face)
        read = self._all_probabilities(text, looks, has_text, has_face, alone=alone)
        return read, has_text, has_face

    def _text_tokens(self, texts: Sequence[str], has_text: Tensor) -> Tokens | None:
        """Tokens of the sentences; one that stands several times is encoded once."""
        if not bool(has_text.any()):
            return None
        place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        return select(self.encode_text(list(place))[0], [place[text] for text in texts])

    def _face_tokens(self, faces: Sequence[Look | None], has_face: Tensor) -> list[Tokens]:
        """Tokens of the given pictures, and of their mirror images; missing ones are masked out.
        A picture that stands several times, as one and the same object, is encoded once."""
        if not bool(has_face.any()):
            return []
        different = {id(face): face for face in faces if face is not None}
        given = [[f] if isinstance(f, Image.Image) else list(f) for f in different.values()]
        pixels = self.vision_encoder.preprocess([frame for frames in given for frame in frames])
        if self.mirror:
            both = torch.cat([pixels, pixels.flip(-1)])
            pixels = both.contiguous(memory_format=torch.channels_last)
        features, mask, pooled, _ = self.vision_encoder(pixels)
        looks = 2 if self.mirror else 1
        parts = zip(features.chunk(looks), mask.chunk(looks), pooled.chunk(looks), strict=True)
        sizes, place = (
            [len(frames) for frames in given],
            {key: i for i, key in enumerate(different)},
        )
        rows = [place[id(face)] for face in faces if face is not None]
        encoded = [average_frames(Tokens(*part), sizes) for part in parts]
        return [scatter(select(tokens, rows), has_face) for tokens in encoded]

    def _all_probabilities(
        self,
        text: Tokens | None,
        looks: list[Tokens],
        has_text: Tensor,
        has_face: Tensor,
        *,
        alone: bool,
    ) -> dict[str, Tensor]:
        """(n, c) probabilities fused, and of each modality ``alone`` where any sample has both.

        Every combination of text and look goes through the head in one batch, the parts that it
        must not see masked out; logits are averaged over the looks.
        """
        none = torch.zeros_like(has_text)
        seen = list(range(len(looks)))
        fused = [(text is not None, look) for look in seen] or [(True, None)]
        single = []
        if alone and bool((has_text & has_face).any()):
            single = [(True, None), *[(False, look) for look in seen]]
        logits = self._variants(text, looks, fused + single)
        rows = {"fused": self.probabilities(logits[: len(fused)].mean(0), has_text, has_face)}
        if not single:
            return rows | dict.fromkeys(("text", "face"), rows["fused"])
        rows["text"] = self.probabilities(logits[len(fused)], has_text, none)
        rows["face"] = self.probabilities(logits[len(fused) + 1 :].mean(0), none, has_face)
        return rows

    def _variants(
        self, text: Tokens | None, looks: list[Tokens], plan: list[tuple[bool, int | None]]
    ) -> Tensor:
        """(variants, n, c) logits; a variant says whether the text and which look is shown."""
        given_text = given_vision = None
        if text is not None:
            given_text = concatenate([text] * len(plan), [shown for shown, _ in plan])
        if looks:
            given_vision = concatenate(
                [looks[look or 0] for _, look in plan], [look is not None for _, look in plan]
            )
        logits = self.fuse(given_text, given_vision).logits
        return torch.stack(logits.chunk(len(plan)))

    def _reading(self, i: int, rows: dict[str, Tensor], text: bool, face: bool) -> Reading:
        def named(key: str) -> dict[str, float]:
            return dict(zip(self.labels, rows[key][i].tolist(), strict=True))

        modalities = {k: named(k) for k, given in (("text", text), ("face", face)) if given}
        fused = named("fused")
        present = tuple(name for name, p in fused.items() if p >= self.thresholds[name])
        shares = modality_shares(fused, modalities)
        return Reading(fused, modalities, present, shares)

    @torch.inference_mode()
    def looks_like_face(self, images: Sequence[Image.Image]) -> list[bool]:
        """Whether each whole picture already is a tight face crop.

        A linear probe on the middle of the tuned encoder, trained on face crops against pieces of
        everyday pictures. Long or flat pictures never are. Without a probe nothing is.
        """
        if self.face_check is None or not images:
            return [False] * len(images)
        scores: list[float] = []
        for start in range(0, len(images), 64):
            vectors = self.check_vectors(images[start : start + 64])
            scores += self.face_check(vectors).squeeze(1).tolist()
        return [
            score >= self.config.face_check and 0.66 <= image.width / image.height <= 1.5
            for score, image in zip(scores, images, strict=True)
        ]

    def check_vectors(self, images: Sequence[Image.Image]) -> Tensor:
        """(n, 112): what the face probe reads. The last layers are tuned to tell expressions apart
        and have forgotten what is no face; the middle has not."""
        small = [image.resize((CHECK_SIDE, CHECK_SIDE)) for image in images]
        return self.vision_encoder.middle(self.vision_encoder.preprocess(small)).mean((2, 3))

    def notes(self, text: str) -> tuple[Note, ...]:
        """What a user should know about how the text was read: cut short, unknown words."""
        return text_notes(self.text_encoder, text)


def modality_shares(
    fused: Mapping[str, float], alone: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Signed share of each modality in the answer; absolute values sum to 1.

    The leave-one-out effect in log-probability: what the answer's log-probability loses when the
    modality is taken away (Covert et al., "Explaining by removing", 2021). Negative: it spoke
    against the answer. One modality alone has share 1.
    """
    if len(alone) < 2:
        return dict.fromkeys(alone, 1.0)
    label = max(fused, key=fused.__getitem__)
    names = list(alone)
    effects = {
        name: math.log(max(fused[label], 1e-9)) - math.log(max(alone[other][label], 1e-9))
        for name, other in zip(names, reversed(names), strict=True)
    }
    total = sum(abs(v) for v in effects.values()) or 1.0
    return {name: value / total for name, value in effects.items()}

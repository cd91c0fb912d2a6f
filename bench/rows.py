"""What is printed about each measurement, and the targets."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024
RATIO_TARGET = 6.0  # the compact preset must answer at least this many times faster
PLAYING_TARGET = 10.0  # times playing speed at which a 720p video must be indexed
ENCODER_TARGET = 3.0  # times as fast as CLIP's ViT-B/32 the frame encoder must be
# 95 of 100 queries, by frames of the library: 28 and 278 hours at one a second
QUERY_TARGETS_MS = {100_000: 50, 1_000_000: 150}
GROWTH_TARGET_MB = 40  # what four times the length may add to the memory of indexing
WIDTH = 46  # of the names


@dataclass(frozen=True)
class Row:
    """One line of the table; ``passed`` is None where there is no target."""

    name: str
    value: str
    target: str = ""
    passed: bool | None = None


def speed_rows(speed) -> list[Row]:
    """Lines about one text + picture answer."""
    return [
        Row("compact preset, text + picture", f"{1000 * speed.compact_s:.1f} ms"),
        Row("classic pair (BERT-base + VGG16)", f"{1000 * speed.classic_s:.1f} ms"),
        Row(
            "compact is faster by",
            f"{speed.ratio:.1f} x",
            f">= {RATIO_TARGET:g} x",
            speed.ratio >= RATIO_TARGET,
        ),
        Row("EfficientNet-Lite0 alone at 224 px", f"{1000 * speed.encoder_224_s:.1f} ms"),
        Row("weights, compact", f"{speed.parameters_compact / 1e6:.1f} M"),
        Row("weights, classic", f"{speed.parameters_classic / 1e6:.1f} M"),
    ]


def app_rows(app) -> list[Row]:
    """Lines about the running app."""
    return [
        Row("app start to page up", f"{app.page_s:.1f} s"),
        Row("app start to first answer", f"{app.answer_s:.1f} s"),
        Row("resident memory, page up", f"{app.idle_bytes / MB:.0f} MB"),
        Row("resident memory, after an answer", f"{app.ready_bytes / MB:.0f} MB"),
    ]


def video_rows(video) -> list[Row]:
    """Lines about reading a 720p video once a second."""
    return [
        Row("720p video, faster than it plays", f"{video.times_playing:.1f} x", ">= 1 x",
            video.times_playing >= 1),
        Row("seconds of that clip with a face found", f"{100 * video.seen:.0f} %"),
    ]  # fmt: skip


def index_rows(index) -> list[Row]:
    """Lines about indexing a video."""
    return [
        Row("720p video indexed, faster than it plays", f"{index.times_playing:.1f} x",
            f">= {PLAYING_TARGET:g} x", index.times_playing >= PLAYING_TARGET),
        Row("frames of that minute kept", f"{index.frames}"),
    ]  # fmt: skip


def encoder_rows(encoder) -> list[Row]:
    """Lines about the encoder of frames beside CLIP's."""
    return [
        Row("frame encoder, frames a second", f"{encoder.batch / encoder.ours_s:.0f}"),
        Row("CLIP ViT-B/32, frames a second", f"{encoder.batch / encoder.clip_s:.0f}"),
        Row("frame encoder is faster by", f"{encoder.ratio:.1f} x",
            f">= {ENCODER_TARGET:g} x", encoder.ratio >= ENCODER_TARGET),
    ]  # fmt: skip


def memory_rows(memory) -> list[Row]:
    """Lines about the memory of indexing."""
    return [
        Row("peak memory, indexing 5 minutes", f"{memory.short_bytes / MB:.0f} MB"),
        Row("20 minutes add to that", f"{memory.growth_bytes / MB:.0f} MB",
            f"<= {GROWTH_TARGET_MB} MB", memory.growth_bytes <= GROWTH_TARGET_MB * MB),
    ]  # fmt: skip


def query_rows(times) -> list[Row]:
    """Lines about searching a library."""
    frames, p95_ms, target = times.frames, 1000 * times.p95_s, QUERY_TARGETS_MS[times.frames]
    return [
        Row(f"search, {frames:,} frames, median", f"{1000 * times.median_s:.0f} ms"),
        Row(f"search, {frames:,} frames, 95 of 100", f"{p95_ms:.0f} ms",
            f"< {target} ms", p95_ms < target),
        Row(f"search, {frames:,} frames, the first", f"{times.first_s:.1f} s"),
        Row(f"putting {frames:,} frames in order", f"{times.upkeep_s:.0f} s"),
    ]  # fmt: skip


def click_rows(clicks) -> list[Row]:
    """Lines about the time of training a small set."""
    from bench.finetune import FIRST_S, SECOND_S

    return [
        Row("100 samples, 5 classes: click to model", f"{clicks.first_s:.1f} s",
            f"< {FIRST_S:g} s", clicks.first_s < FIRST_S),
        Row("the same again, vectors kept", f"{clicks.second_s:.1f} s",
            f"< {SECOND_S:g} s", clicks.second_s < SECOND_S),
        Row("the command for it, imports included", f"{clicks.command_first_s:.1f} s",
            f"< {FIRST_S:g} s", clicks.command_first_s < FIRST_S),
        Row("the command again, vectors kept", f"{clicks.command_second_s:.1f} s"),
    ]  # fmt: skip


def head_rows(versus) -> list[Row]:
    """Lines about the mode "head" beside scikit-learn."""
    from bench.finetune_quality import ENOUGH

    worst = min((v for v in versus if v.n >= ENOUGH), key=lambda v: v.ours - v.other)
    return [
        *(Row(f"mode head / scikit-learn, {v.name} ({v.n})", f"{v.ours:.1f} / {v.other:.1f}")
          for v in versus),
        Row(f"mode head, points above, {ENOUGH} samples", f"{worst.ours - worst.other:+.1f}",
            ">= -1", worst.ours - worst.other >= -1),
    ]  # fmt: skip


def taught_rows(adapter, shots) -> list[Row]:
    """Lines about training that need data sets."""
    from bench.finetune_quality import TUNED_ON

    pair = f"{adapter.ours:.1f} / {adapter.other:.1f}"
    return [
        Row(f"adapter / head, emotions, {TUNED_ON:,} samples", pair,
            "adapter", adapter.ours > adapter.other),
        *(Row(f"{s.shots} samples a class, {s.preset}, {s.mode}",
              f"{s.accuracy[0]:.1f} ± {s.accuracy[1]:.1f}") for s in shots),
    ]  # fmt: skip


def line(row: Row) -> str:
    """The row as text, in columns of a fixed width: rows are printed as they come."""
    mark = {True: "pass", False: "FAIL", None: ""}[row.passed]
    return f"{row.name:{WIDTH}}  {row.value:>13}  {row.target:8}  {mark}".rstrip()

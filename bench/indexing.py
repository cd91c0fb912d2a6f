"""How fast and in how much memory videos are indexed, and the frame encoder beside CLIP's."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from bench.speed import interleaved
from bench.video import make_clip
from mmdemo.config import ROOT, Settings, load_settings
from mmdemo.services.retrieval.indexing import BATCH, FRAME_SIDE
from mmdemo.services.retrieval.service import RetrievalService

CLIP_S = 60
SHORT_S, LONG_S = 5 * CLIP_S, 20 * CLIP_S
"""Clips of the memory test. Rows are written 256 at a time: from the first full block on, at four
minutes, every buffer has its size."""
SIDE = 224


@dataclass(frozen=True)
class IndexSpeed:
    """Seconds for one 720p clip, and how many of its frames were kept and encoded."""

    clip_s: float
    index_s: float
    frames: int

    @property
    def times_playing(self) -> float:
        """Playing time over indexing time."""
        return self.clip_s / self.index_s


@dataclass(frozen=True)
class EncoderSpeed:
    """Median seconds for a batch of frames."""

    batch: int
    ours_s: float
    clip_s: float

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.clip_s / self.ours_s


@dataclass(frozen=True)
class IndexMemory:
    """Peak resident bytes of a process that indexes one clip, model included."""

    short_bytes: int
    long_bytes: int

    @property
    def growth_bytes(self) -> int:
        """What four times the length costs."""
        return self.long_bytes - self.short_bytes


def measure_indexing(settings: Settings) -> IndexSpeed:
    """Index one clip of which every second is different; the model is loaded beforehand."""
    service = RetrievalService(settings)
    with tempfile.TemporaryDirectory() as folder:
        library, warm_up = Path(folder) / "library", Path(folder) / "warm.png"
        Image.new("RGB", (64, 64)).save(warm_up)
        _index(service, library, warm_up)
        clip = make_clip(Path(folder) / "clip.mp4", CLIP_S)
        start = time.perf_counter()
        _index(service, library, clip)
        seconds = time.perf_counter() - start
        item = service.contents(library).items[-1]
    return IndexSpeed(item.duration_s, seconds, item.frames)


def _index(service: RetrievalService, library: Path, path: Path) -> None:
    service.add(library, [path])
    job = service.wait(library)
    if job.state != "done" or job.problems:
        raise RuntimeError(f"indexing {path.name} ended as {job}")


def measure_encoder(settings: Settings, rounds: int = 10) -> EncoderSpeed:
    """Sampled frames through our encoder, scaling and all, and through a ViT-B/32 tower of random
    weights that gets its pixels ready-made."""
    matcher = RetrievalService(settings).matcher()
    noise = np.random.default_rng(0).integers(0, 255, (BATCH, FRAME_SIDE * 9 // 16, FRAME_SIDE, 3))
    frames = [Image.fromarray(n.astype(np.uint8)) for n in noise]
    tower, pixels = clip_tower(), torch.randn(BATCH, 3, SIDE, SIDE)

    def encode_as_clip() -> None:
        with torch.inference_mode():
            tower(pixel_values=pixels)

    times = interleaved(
        {"ours": lambda: matcher.encode_images(frames), "clip": encode_as_clip}, rounds
    )
    return EncoderSpeed(BATCH, times["ours"], times["clip"])


def clip_tower() -> torch.nn.Module:
    """The vision tower of CLIP ViT-B/32 with random weights."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(
        hidden_size=768,
        intermediate_size=3072,
        projection_dim=512,
        num_hidden_layers=12,
        num_attention_heads=12,
        image_size=SIDE,
        patch_size=32,
    )
    return CLIPVisionModelWithProjection(config).eval()


def measure_memory() -> IndexMemory:
    """Index five minutes and twenty minutes, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        once = make_small_clip(Path(folder) / "once.mp4", CLIP_S)
        peaks = [_peak_bytes(_repeated(once, seconds // CLIP_S)) for seconds in (SHORT_S, LONG_S)]
        return IndexMemory(*peaks)


def _repeated(clip: Path, times: int) -> Path:
    """The same clip several times over, copied without encoding."""
    out = clip.with_name(f"{times}.mp4")
    loop = ["-stream_loop", str(times - 1), "-i", str(clip), "-c", "copy", str(out)]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", *loop], check=True, timeout=300)
    return out


def make_small_clip(out: Path, seconds: int) -> Path:
    """A 480 x 270 H.264 clip of which every second is different."""
    card = f"testsrc2=size=480x270:rate=5:duration={seconds},hue=h=t*37"
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", card]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", str(out)]
    subprocess.run(command, check=True, timeout=300)
    return out


def _peak_bytes(clip: Path) -> int:
    """Peak memory of a process that indexes one clip."""
    command = [sys.executable, "-m", "bench.indexing", str(clip)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def main(clip: str) -> None:
    """Index one clip and print this process's peak memory in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        _index(RetrievalService(load_settings()), Path(folder) / "library", Path(clip))
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in kilobytes
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


if __name__ == "__main__":
    main(sys.argv[1])

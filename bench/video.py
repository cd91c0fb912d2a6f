"""How much faster than it plays a 720p video of a face is read, decoding to curve."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from mmdemo.config import ROOT, Settings
from mmdemo.services.emotion.service import EmotionService

CLIP_S = 60
PICTURE = ROOT / "assets" / "astronaut_video.jpg"
# the face drifts over a test card that changes in every frame, so that decoding has real work
FILTER = (
    "[1:v]scale=-2:480[face];"
    "[0:v][face]overlay=x='(W-w)/2+200*sin(t)':y='(H-h)/2+60*cos(t/2)',format=yuv420p"
)


@dataclass(frozen=True)
class VideoSpeed:
    """Seconds for one clip, sampled once a second; ``seen`` is the share of seconds with a face."""

    clip_s: float
    read_s: float
    seen: float

    @property
    def times_playing(self) -> float:
        """Playing time over reading time."""
        return self.clip_s / self.read_s


def make_clip(out: Path, seconds: int = CLIP_S) -> Path:
    """A 1280x720 H.264 clip at 29.97 frames a second with a moving face."""
    card = f"testsrc2=size=1280x720:rate=30000/1001:duration={seconds}"
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", card]
    command += ["-loop", "1", "-i", str(PICTURE), "-filter_complex", FILTER, "-t", str(seconds)]
    command += ["-c:v", "libx264", "-preset", "veryfast", str(out)]
    subprocess.run(command, check=True, timeout=300)
    return out


def measure_video(settings: Settings) -> VideoSpeed:
    """Read one clip with the default model, models loaded beforehand."""
    service = EmotionService(settings)
    service.classifier()
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(Path(folder) / "clip.mp4")
        start = time.perf_counter()
        reading = service.read_video(clip)
        seconds = time.perf_counter() - start
    seen = sum(point.face is not None for point in reading.points) / len(reading.points)
    return VideoSpeed(reading.duration_s, seconds, seen)

"""Makes every file of this folder. Run from the repository root: python assets/make_assets.py

Needs scikit-image, which carries the public-domain pictures (it is not needed to run the app).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT, FPS, SECONDS = 480, 360, 15, 14
SCENE_SIZE, SCENE_FPS, SCENE_SECONDS = (480, 320), 12, 4  # of the video with four scenes
GONE_S = (7.0, 10.0)  # the face is out of the picture in between

SUBTITLES = (
    (0.0, 3.0, "Hello everybody, I am so happy to see you!"),
    (3.5, 6.5, "I miss my family so much, it breaks my heart."),
    (10.5, 13.5, "Wow, I can't believe we really made it!"),
)


def astronaut() -> Image.Image:
    """NASA's portrait of Eileen Collins, 512 x 512, public domain."""
    from skimage.data import astronaut as picture

    return Image.fromarray(picture())


def portrait() -> Image.Image:
    """Head and shoulders, 440 x 440."""
    return astronaut().crop((60, 0, 400, 340)).resize((440, 440), Image.Resampling.LANCZOS)


def frames() -> Iterator[np.ndarray]:
    """A slow zoom on the face; the camera then turns away and comes back. Each (h, w, 3) uint8."""
    source = astronaut()
    backdrop = source.crop((330, 150, 332, 152)).resize((1, 1)).getpixel((0, 0))
    for number in range(FPS * SECONDS):
        time_s = number / FPS
        side = 330 - 8 * min(time_s, GONE_S[0])  # pixels of the source that fill the height
        away = _turned_away(time_s) * 420
        left, top = 225 - side * WIDTH / HEIGHT / 2 + away, 0
        box = (left, top, left + side * WIDTH / HEIGHT, top + side)
        wide = Image.new("RGB", (1400, 512), backdrop)
        wide.paste(source, (400, 0))
        frame = wide.transform(
            (WIDTH, HEIGHT),
            Image.Transform.EXTENT,
            (box[0] + 400, box[1], box[2] + 400, box[3]),
            Image.Resampling.BICUBIC,
        )
        yield np.asarray(frame)


def _turned_away(time_s: float) -> float:
    """0 while the camera looks at the face, 1 while it looks away, smooth in between (1 s)."""
    out = np.clip(time_s - (GONE_S[0] - 1), 0, 1)
    back = np.clip(time_s - GONE_S[1], 0, 1)
    ease = lambda x: x * x * (3 - 2 * x)  # noqa: E731
    return float(ease(out) - ease(back))


def write_video(frames: Iterator[np.ndarray], fps: int, path: Path) -> None:
    """The frames as H.264 that every browser plays."""
    from moviepy import ImageSequenceClip

    clip = ImageSequenceClip(list(frames), fps=fps)
    options = ["-crf", "27", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    clip.write_videofile(str(path), codec="libx264", audio=False, logger=None,
                         preset="slow", ffmpeg_params=options)  # fmt: skip


def scenes() -> Iterator[np.ndarray]:
    """Four pictures one after the other, each coming slowly closer. Each (h, w, 3) uint8."""
    from skimage import data

    for picture in (data.astronaut(), data.chelsea(), data.coffee(), data.rocket()):
        source = Image.fromarray(picture)
        fit = min(source.width / SCENE_SIZE[0], source.height / SCENE_SIZE[1])
        for number in range(SCENE_FPS * SCENE_SECONDS):
            part = 1 - 0.12 * number / (SCENE_FPS * SCENE_SECONDS)
            width, height = (side * fit * part for side in SCENE_SIZE)
            # a little above the middle: there is the face
            left, top = (source.width - width) / 2, (source.height - height) / 4
            box = (left, top, left + width, top + height)
            frame = source.transform(
                SCENE_SIZE, Image.Transform.EXTENT, box, Image.Resampling.BICUBIC
            )
            yield np.asarray(frame)


def srt() -> str:
    """The words as an .srt file."""

    def stamp(time_s: float) -> str:
        return f"00:00:{int(time_s):02d},{round(time_s % 1 * 1000):03d}"

    cues = (f"{n}\n{stamp(a)} --> {stamp(b)}\n{text}\n"
            for n, (a, b, text) in enumerate(SUBTITLES, 1))  # fmt: skip
    return "\n".join(cues)


def main() -> None:
    """Write all files."""
    portrait().save(HERE / "astronaut.jpg", quality=88)
    Image.fromarray(next(frames())).save(HERE / "astronaut_video.jpg", quality=80)
    write_video(frames(), FPS, HERE / "astronaut.mp4")
    write_video(scenes(), SCENE_FPS, HERE / "scenes.mp4")
    (HERE / "astronaut.srt").write_text(srt(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Makes every file of this folder. Run from the repository root: python assets/make_assets.py

Needs scikit-image, which carries the public-domain pictures (it is not needed to run the app).
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent


def portrait() -> Image.Image:
    """Head and shoulders of the astronaut, 440 x 440."""
    from skimage.data import astronaut

    return Image.fromarray(astronaut()).crop((60, 0, 400, 340)).resize((440, 440), Image.LANCZOS)


def main() -> None:
    """Write all files."""
    portrait().save(HERE / "astronaut.jpg", quality=88)


if __name__ == "__main__":
    main()

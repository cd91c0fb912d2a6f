"""Picture files -> upright RGB pictures, or one clear sentence why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ..config import MB, Limits
from ..errors import MediaError
from .names import called
from .sniff import KIND_WORDS, PICTURES, read_head, sniff_bytes

# An allowlist, because Pillow opens some 40 formats and the rare ones are where its decoders had
# their security holes. JPEG includes the MPO files of some phones.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
_MEGA = 1_000_000
KEPT_SIDE = 256  # pixels; no encoder reads more, and a window of 256 stays small in memory
# what the last bytes of a whole file hold; some cameras add their own data behind it
_ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND", "GIF": b";"}
_TAIL = 64
_ORIENTATION = 0x0112  # EXIF tag; values and what undoes them: EXIF 2.32, 4.6.4
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def load_image(path: Path, limits: Limits) -> Image.Image:
    """The picture upright, in RGB, alpha on white; of an animation the first frame.

    Bytes are checked before the file is opened as a picture, pixels before they are decoded.
    Raises MediaError naming the file.
    """
    path = Path(path)
    _check_file(path, limits)
    with _open(path, limits) as picture:
        try:
            picture.load()
            operation = _UPRIGHT.get(_orientation(picture))
            flat = _to_rgb(picture)  # a PNG without its palette breaks here
        # decoders raise whatever the damage leads them to (OSError, SyntaxError, struct.error ...)
        except Exception as error:
            raise MediaError(
                f"{called(path)} is damaged or cut off: its pixels cannot be read. "
                "Try to open and save it again, or choose another picture.",
                code="picture_broken",
                name=called(path),
            ) from error
    return flat if operation is None else flat.transpose(operation)


def check_image(path: Path, limits: Limits) -> None:
    """Refuse what :func:`load_image` would, as far as header and end of the file tell; only a
    picture whose end is not where it should be is decoded. 0.2 ms, to look over thousands.

    Raises MediaError naming the file.
    """
    path = Path(path)
    _check_file(path, limits)
    with _open(path, limits) as picture:
        end = _ENDS.get(picture.format or "")
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        tail = file.read().rstrip(b"\0")
    if end is None or end not in tail:
        load_image(path, limits)


def shrunk(image: Image.Image, side: int = KEPT_SIDE) -> Image.Image:
    """The picture, no larger than the encoders need."""
    if max(image.size) <= side:
        return image
    image = image.copy()
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def _check_file(path: Path, limits: Limits) -> None:
    """Refuse what is no file, empty, too many bytes, or no picture by its first bytes."""
    try:
        head = read_head(path)
        size = path.stat().st_size
    except OSError as error:
        what = "does not exist" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise MediaError(
            f"The picture {called(path)} {what}. Check the name and choose it again.",
            code="picture_missing",
            name=called(path),
        ) from error
    if size > limits.picture_bytes:
        raise MediaError(
            f"{called(path)} has {size / MB:.1f} MB; pictures may have up to "
            f"{limits.picture_bytes / MB:g} MB. Save it smaller and try again.",
            code="picture_bytes",
            name=called(path),
            size=round(size / MB, 1),
            limit=limits.picture_bytes / MB,
        )
    kind = sniff_bytes(head)
    if kind == "empty":
        raise MediaError(
            f"{called(path)} is an empty file. Choose another picture.",
            code="picture_empty",
            name=called(path),
        )
    if kind not in PICTURES:
        raise _not_a_picture(path, kind)


def _not_a_picture(path: Path, kind: str) -> MediaError:
    return MediaError(
        f"{called(path)} is not a picture that can be read here: it looks like {KIND_WORDS[kind]}. "
        "Use a JPEG, PNG, WebP, BMP or GIF picture.",
        code="picture_kind",
        name=called(path),
        kind=KIND_WORDS[kind],
    )


def _open(path: Path, limits: Limits) -> Image.Image:
    """Read the header only; refuse a picture of too many pixels."""
    try:
        picture = Image.open(path, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow refuses above twice its own limit without telling the size
        raise _too_large(path, 2 * (Image.MAX_IMAGE_PIXELS or 0), limits, "more than ") from error
    except Exception as error:  # a header can break a parser in any way
        raise MediaError(
            f"{called(path)} is damaged: it starts like a picture but cannot be opened. "
            "Try to open and save it again, or choose another picture.",
            code="picture_broken",
            name=called(path),
        ) from error
    pixels = picture.width * picture.height
    if pixels > limits.picture_pixels:
        picture.close()
        raise _too_large(path, pixels, limits)
    return picture


def _too_large(path: Path, pixels: int, limits: Limits, prefix: str = "") -> MediaError:
    return MediaError(
        f"{called(path)} has {prefix}{pixels / _MEGA:.4g} megapixels; pictures may have up to "
        f"{limits.picture_pixels / _MEGA:g}. Save it smaller and try again.",
        code="picture_pixels",
        name=called(path),
        megapixels=f"{prefix}{pixels / _MEGA:.4g}",
        limit=limits.picture_pixels / _MEGA,
    )


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged camera data say nothing about the pixels: take them as stored
        return 1


def _to_rgb(picture: Image.Image) -> Image.Image:
    """RGB copy; transparent places become white, 16-bit grey is scaled instead of clipped."""
    if picture.mode.startswith("I"):  # I;16, I;16B, I: PNG greys of 16 bits
        values = np.asarray(picture).astype(np.float32) / 257  # 65535 -> 255
        picture = Image.fromarray(np.clip(values.round(), 0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
        return flat
    return picture.convert("RGB")

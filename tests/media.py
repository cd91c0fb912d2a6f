"""Pictures and datasets made on the spot, each builder named after the case it stands for.

Every picture builder takes the path to write and returns it. A picture in which the detector finds
a face is ``portrait``: NASA's public-domain portrait of Eileen Collins, carried by the scikit-image
wheel as ``astronaut``. ``drawn_face`` is a cartoon: it looks like a face to a person, but dlib does
NOT find it, so it serves where a crop of roughly the right look is enough.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

# where the one face of ``portrait_image()`` is, in its own pixels (left, top, right, bottom)
PORTRAIT_FACE = (175, 76, 265, 166)


# ---- pictures -----------------------------------------------------------------------------------


def quadrants(size: tuple[int, int] = (80, 60)) -> Image.Image:
    """Red, green / blue, white quarters: shows at once whether a picture was turned."""
    width, height = size
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(255, 0, 0))
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=(0, 255, 0))
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=(0, 0, 255))
    return picture


def photo(path: Path, size: tuple[int, int] = (80, 60)) -> Path:
    """A plain picture of four coloured quarters, in the format of the suffix."""
    quadrants(size).save(path)
    return path


def rotated_photo(path: Path, orientation: int = 6, size: tuple[int, int] = (80, 60)) -> Path:
    """A JPEG whose EXIF orientation says it must be turned; upright it is ``quadrants(size)``."""
    stored_from_upright = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    operation = stored_from_upright[orientation]
    picture = quadrants(size)
    stored = picture if operation is None else picture.transpose(operation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, "JPEG", quality=95, exif=exif)
    return path


def alpha_png(path: Path, size: tuple[int, int] = (40, 40)) -> Path:
    """Left half opaque red, right half fully transparent (black underneath)."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, size[0] // 2, size[1]))
    picture.save(path, "PNG")
    return path


def palette_png(path: Path) -> Path:
    """A palette picture with one transparent colour."""
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([0, 0, 0, 0, 0, 255] + [0] * 750)
    picture.paste(1, (0, 0, 10, 20))
    picture.save(path, "PNG", transparency=0)
    return path


def cmyk_jpeg(path: Path) -> Path:
    """A print-shop JPEG: pure red in CMYK."""
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(path, "JPEG", quality=95)
    return path


def sixteen_bit_png(path: Path) -> Path:
    """A 16-bit grey ramp from black to white, left to right."""
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (16, 1))
    Image.fromarray(ramp).save(path, "PNG")
    return path


def grey_photo(path: Path, size: tuple[int, int] = (48, 48)) -> Path:
    """A grey picture in mode L."""
    quadrants(size).convert("L").save(path)
    return path


def animated_gif(path: Path) -> Path:
    """Three frames: red, green, blue."""
    frames = [Image.new("RGB", (24, 24), c) for c in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return path


def broken_photo(path: Path) -> Path:
    """Random bytes under a picture's name."""
    path.write_bytes(np.random.default_rng(1).bytes(2000))
    return path


def truncated_photo(path: Path) -> Path:
    """The first half of a JPEG: the header is fine, the pixels are not there."""
    noise = np.random.default_rng(2).integers(0, 255, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(path, "JPEG", quality=95)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb_png(path: Path, width: int = 10_000, height: int = 10_000) -> Path:
    """A few hundred bytes whose header claims ``width`` x ``height`` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bit, RGB
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + _png_chunk(b"IEND", b"")
    )
    return path


# ---- faces --------------------------------------------------------------------------------------


def portrait_image() -> Image.Image:
    """512 x 512 RGB photograph with one frontal face, found by dlib (see the module's text)."""
    from skimage import data

    return Image.fromarray(data.astronaut())


def portrait(path: Path) -> Path:
    """``portrait_image()`` as a file."""
    portrait_image().save(path)
    return path


def two_portraits_image() -> Image.Image:
    """Two faces in one picture: full size on the right, 70 % on the left."""
    face = portrait_image().crop((110, 0, 340, 256))  # 230 x 256
    picture = Image.new("RGB", (560, 300), (120, 130, 140))
    picture.paste(face.resize((161, 179)), (40, 60))
    picture.paste(face, (290, 20))
    return picture


def drawn_face(size: int = 96, mood: str = "joy") -> Image.Image:
    """A cartoon face filling a square; not found by dlib. ``mood``: joy, sadness or neutral."""
    picture = Image.new("RGB", (size, size), (225, 190, 160))
    draw = ImageDraw.Draw(picture)
    unit = size / 96
    for x in (30, 62):
        draw.ellipse([v * unit for v in (x - 6, 34, x + 6, 46)], fill="white", outline="black")
        draw.ellipse([v * unit for v in (x - 3, 37, x + 3, 43)], fill="black")
        draw.line(
            [v * unit for v in (x - 8, 28, x + 8, 28)], fill="black", width=max(1, size // 40)
        )
    draw.line([v * unit for v in (48, 44, 45, 58, 51, 58)], fill="black", width=max(1, size // 60))
    mouth = [v * unit for v in (30, 58, 66, 82)]
    if mood == "joy":
        draw.arc(mouth, 20, 160, fill=(150, 0, 0), width=max(1, size // 30))
    elif mood == "sadness":
        draw.arc([v * unit for v in (30, 70, 66, 94)], 200, 340, fill=(150, 0, 0), width=3)
    else:
        draw.line([v * unit for v in (34, 72, 62, 72)], fill=(150, 0, 0), width=max(1, size // 30))
    return picture


# ---- datasets -----------------------------------------------------------------------------------


def picture_bytes(colour: tuple[int, int, int] = (10, 20, 30), kind: str = "PNG") -> bytes:
    """An 8 x 8 picture of one colour as bytes of a file."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, kind)
    return out.getvalue()


# enough of an MP4 for a sniffer: size, "ftyp", brand; no decoder would play it
VIDEO_HEADER = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"


def write_zip(path: Path, entries: Mapping[str, bytes | str] | Iterable[tuple]) -> Path:
    """A zip with these entries: name (or ZipInfo) -> content. Pairs allow the same name twice."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs:
            archive.writestr(name, content)
    return path


def write_folder(root: Path, entries: Mapping[str, bytes | str]) -> Path:
    """A folder with these files: relative name -> content."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in entries.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def csv_dataset(classes: int = 2, per_class: int = 2) -> dict[str, bytes | str]:
    """Entries of a clean dataset: data.csv with text, image, label, split and its pictures."""
    lines, entries = ["text,image,label,split"], {}
    for c in range(classes):
        for i in range(per_class):
            name = f"images/{c}_{i}.png"
            entries[name] = picture_bytes((40 * c, 20 * i, 200))
            lines.append(f"sentence {c} {i},{name},class{c},{'dev' if i == 0 else 'train'}")
    entries["data.csv"] = "\n".join(lines) + "\n"
    return entries


def class_folders(classes: Iterable[str] = ("cat", "dog"), per_class: int = 2) -> dict[str, bytes]:
    """Entries of a dataset that is one folder a class, pictures inside."""
    return {
        f"{name}/{i}.png": picture_bytes((50 * i, 90, 10))
        for name in classes
        for i in range(per_class)
    }


def zip_dataset(path: Path, classes: int = 2, per_class: int = 2) -> Path:
    """A clean dataset as a zip."""
    return write_zip(path, csv_dataset(classes, per_class))

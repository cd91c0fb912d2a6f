"""Odd pictures, each builder named after what is odd about it: odd_media.py says what is whole."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests import media

ORIENTATION = 0x0112


def saved(image: Image.Image, kind: str, **options) -> bytes:
    """A picture as the bytes of a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def noise(side: int = 64, mode: str = "RGB") -> Image.Image:
    """Random pixels, which no format makes small."""
    values = np.random.default_rng(3).integers(0, 255, (side, side, len(mode)), np.uint8)
    return Image.fromarray(values.squeeze())


def half(data: bytes, share: float = 0.5) -> bytes:
    """The first part of a file, as a broken copy leaves it."""
    return data[: int(len(data) * share)]


def jpeg(**options) -> bytes:
    """Four coloured quarters."""
    return saved(media.quadrants(), "JPEG", **options)


# -- camera data ----------------------------------------------------------------------------------


def with_exif(body: bytes) -> bytes:
    """A JPEG whose EXIF segment holds ``body``, whatever that is."""
    plain, segment = jpeg(), b"Exif\0\0" + body
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]


def tiff(entries: bytes, count: int, following: int = 0) -> bytes:
    """A TIFF directory of ``count`` claimed entries, and the place of the next directory."""
    return b"II*\0" + struct.pack("<IH", 8, count) + entries + struct.pack("<I", following)


def tag(number: int, kind: int, count: int, value: int) -> bytes:
    """One TIFF entry."""
    return struct.pack("<HHII", number, kind, count, value)


EXIF = {
    "exif of an unknown orientation.jpg": tiff(tag(ORIENTATION, 3, 1, 99), 1),
    "exif orientation that is a text.jpg": tiff(tag(ORIENTATION, 2, 4, 0x61626364), 1),
    "exif that claims four billion values.jpg": tiff(tag(ORIENTATION, 3, 0xFFFFFFFF, 8), 1),
    "exif whose directory is the next one.jpg": tiff(tag(ORIENTATION, 3, 1, 6), 1, 8),
    "exif that claims 65535 entries.jpg": tiff(tag(ORIENTATION, 3, 1, 6), 65535),
    "exif whose thumbnail is itself.jpg": tiff(tag(0x014A, 4, 1, 8) + tag(0x8769, 4, 1, 8), 2),
    "exif bomb of a thousand tags.jpg": tiff(
        b"".join(tag(n, 2, 60_000, 8) for n in range(1000, 2000)), 1000
    ),
    "exif of noise.jpg": np.random.default_rng(4).bytes(60_000),
    "exif of nothing.jpg": b"",
}


# -- PNG by hand ----------------------------------------------------------------------------------


def png(width: int, height: int, pixels: bytes, depth: int = 8, colour: int = 2, *more) -> bytes:
    """A PNG from its parts: packed ``pixels`` with filter bytes, ``more`` chunks before them."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(media._png_chunk(*chunk) for chunk in chunks)


def rows(width_bytes: int, height: int) -> bytes:
    """Packed rows of zeros."""
    return zlib.compress((b"\0" + b"\0" * width_bytes) * height)


def packed_bomb(megabytes: int = 80) -> bytes:
    """A few kilobytes that unpack to many megabytes."""
    packer = zlib.compressobj(9)
    block = b"\0" * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def wrong_checksum() -> bytes:
    """A PNG of which one byte of the pixels was changed on the way."""
    data = bytearray(saved(noise(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


PNGS = {
    "16 bits a colour.png": lambda: png(8, 4, rows(8 * 6, 4), 16),
    "16 bits and alpha.png": lambda: png(8, 4, rows(8 * 8, 4), 16, 6),
    "2 bits of grey.png": lambda: png(8, 4, rows(2, 4), 2, 0),
    "more pixels than it says.png": lambda: png(10, 10, packed_bomb()),
    "fewer pixels than it says.png": lambda: png(100, 100, rows(300, 1)),
}
BROKEN_PNGS = {
    "bomb of 400 megapixels.png": lambda: png(20_000, 20_000, rows(100, 1)),
    "bomb of 10000 megapixels.png": lambda: png(100_000, 100_000, rows(100, 1)),
    "no pixels.png": lambda: png(0, 10, rows(0, 1)),
    "a palette that is missing.png": lambda: png(8, 4, rows(8, 4), 8, 3),
    "a depth that there is not.png": lambda: png(8, 4, rows(8, 4), 7, 2),
    "comment that is a bomb.png": lambda: png(
        4, 4, rows(12, 4), 8, 2, (b"zTXt", b"Comment\0\0" + packed_bomb())
    ),
    "wrong checksum.png": wrong_checksum,
}


# -- other formats by hand ------------------------------------------------------------------------


def bmp(width: int, height: int, body: bytes, compression: int = 0, bits: int = 24) -> bytes:
    """A BMP from its parts; a negative height stores the rows from the top."""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(body), 0, 0, 54) + info + body


def frames(mode: str = "RGB") -> list[Image.Image]:
    """Red, green, blue."""
    return [Image.new(mode, (24, 24), colour) for colour in ("red", "lime", "blue")]


def moving(kind: str, **options) -> bytes:
    """An animation of three frames."""
    first, *others = frames()
    return saved(first, kind, save_all=True, append_images=others, duration=100, **options)


def clear_palette() -> bytes:
    """A palette picture with a transparent colour and half-transparent ones."""
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([0, 0, 0, 0, 0, 255, 0, 255, 0] + [0] * 747)
    picture.paste(1, (0, 0, 10, 20))
    return saved(picture, "PNG", transparency=b"\0\x80\xff")


def huge_gif() -> bytes:
    """A GIF whose screen claims 65,535 x 65,535 pixels."""
    data = bytearray(moving("GIF"))
    data[6:10] = struct.pack("<HH", 65535, 65535)
    return bytes(data)


def quarters(mode: str) -> Image.Image:
    """Four coloured quarters in another mode."""
    return media.quadrants().convert(mode)


def profile_of_noise() -> bytes:
    """A JPEG whose colour profile makes no sense."""
    return jpeg(icc_profile=np.random.default_rng(5).bytes(50_000))


WHOLE = {
    "plain.jpg": jpeg,
    "plain.PNG": lambda: saved(media.quadrants(), "PNG"),
    "plain.bmp": lambda: saved(media.quadrants(), "BMP"),
    "plain.webp": lambda: saved(media.quadrants(), "WEBP"),
    "progressive.jpg": lambda: jpeg(progressive=True),
    "for print (CMYK).jpg": lambda: saved(quarters("CMYK"), "JPEG"),
    "grey.jpg": lambda: saved(quarters("L"), "JPEG"),
    "16 bits of grey.png": lambda: saved(
        Image.fromarray(np.linspace(0, 65535, 64).astype(np.uint16)[None].repeat(8, 0)), "PNG"
    ),
    "one bit.png": lambda: saved(quarters("1"), "PNG"),
    "grey and alpha.png": lambda: saved(quarters("LA"), "PNG"),
    "colour and alpha.png": lambda: saved(Image.new("RGBA", (9, 9), (255, 0, 0, 9)), "PNG"),
    "palette with transparency.png": clear_palette,
    "without loss, with alpha.webp": lambda: saved(quarters("RGBA"), "WEBP", lossless=True),
    "moving.gif": lambda: moving("GIF", loop=0),
    "moving, each frame alone.gif": lambda: moving("GIF", disposal=2, transparency=0),
    "moving.webp": lambda: moving("WEBP"),
    "moving.png": lambda: moving("PNG"),
    "two pictures in one.jpg": lambda: moving("MPO"),
    "one pixel.png": lambda: saved(Image.new("RGB", (1, 1)), "PNG"),
    "one pixel.gif": lambda: saved(Image.new("P", (1, 1)), "GIF"),
    "one pixel.jpg": lambda: saved(Image.new("L", (1, 1)), "JPEG"),
    "very wide.png": lambda: saved(Image.new("RGB", (20_000, 1), "red"), "PNG"),
    "very high.png": lambda: saved(Image.new("L", (1, 20_000), 200), "PNG"),
    "rows from the top.bmp": lambda: bmp(4, -4, b"\x80" * 48),
    "something behind its end.jpg": lambda: jpeg() + b"\0\1" * 5000,
    "another file behind its end.jpg": lambda: jpeg() + saved(media.quadrants(), "PNG"),
    "colour profile of noise.jpg": profile_of_noise,
    "png inside.jpg": lambda: saved(media.quadrants(), "PNG"),
    "jpeg inside.png": jpeg,
    "no suffix": jpeg,
    "gif inside.mp4": lambda: moving("GIF"),
    **PNGS,
    **{name: lambda body=body: with_exif(body) for name, body in EXIF.items()},
}
# WHOLE has a file for each orientation too: see turned() in odd_media
BROKEN = {
    "empty.jpg": lambda: b"",
    "only its first bytes.jpg": lambda: b"\xff\xd8\xff\xe0",
    "cut.jpg": lambda: half(saved(noise(), "JPEG", quality=95)),
    "cut, progressive.jpg": lambda: half(saved(noise(), "JPEG", progressive=True)),
    "cut.png": lambda: half(saved(noise(), "PNG")),
    "cut.webp": lambda: half(saved(noise(), "WEBP", lossless=True)),
    "cut.gif": lambda: half(saved(noise(mode="L"), "GIF")),
    "cut.bmp": lambda: half(saved(noise(), "BMP")),
    "noise.jpg": lambda: np.random.default_rng(1).bytes(2000),
    "zeros.png": lambda: b"\0" * 4000,
    "claims a great size.bmp": lambda: bmp(60_000, 60_000, b"\0" * 100),
    "claims a great screen.gif": huge_gif,
    "damaged run lengths.bmp": lambda: bmp(100, 100, b"\0\2\xff\xff" * 20, 1, 8),
    **BROKEN_PNGS,
}


def other_formats(canary: Path, address: str) -> dict[str, bytes]:
    """Files that are no picture of ours; some point to ``canary`` or ``address``, which nobody
    may open for them."""
    pages = [Image.new("L", (8, 8), grey) for grey in (0, 100, 200)]
    pull = f'<image href="file://{canary}"/><image href="{address}/x.png"/>'
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{canary}">]>'
    made = {
        "several pages.tiff": saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]),
        "several pages.jpg": saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]),
        "from a telephone.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100,
        "new.avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0" * 100,
        "layers.psd": b"8BPS\0\1" + b"\0" * 100,
        "icon.ico": saved(pages[0], "ICO"),
        "cinema.jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 100,
        "printed.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        "document.jpg": b"%PDF-1.7\n1 0 obj\n<<>>\n" + b"\0" * 50,
        "drawing.svg": f'<svg xmlns="http://www.w3.org/2000/svg">{pull}</svg>'.encode(),
        "drawing.png": f'<?xml version="1.0"?>{entity}<svg>&x;{pull}</svg>'.encode(),
        "page.jpg": b"<!DOCTYPE html><script>alert(1)</script>",
        "text.jpg": "just words, 只是文字\n".encode(),
        "program.jpg": b"\x7fELF\2\1\1" + b"\0" * 100,
        "program for windows.png": b"MZ\x90\0" + b"\0" * 100,
        "script.jpg": b"#!/bin/sh\ntouch /tmp/never\n",
        "archive.png": b"PK\x03\x04" + b"\0" * 60,
        "packed.jpg": b"\x1f\x8b\x08\0" + b"\0" * 60,
        "music.jpg": b"ID3\4\0\0" + b"\0" * 60,
    }
    return made

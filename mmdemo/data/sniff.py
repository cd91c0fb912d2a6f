"""What a file is by its first bytes; suffixes are only claims."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

HEAD_BYTES = 512
PICTURES = frozenset({"jpeg", "png", "webp", "bmp", "gif"})
VIDEOS = frozenset({"mp4", "mov", "matroska", "avi", "mpeg", "ogg", "flv", "wmv"})

# kind -> words for a sentence "it looks like ..."
KIND_WORDS = {
    "jpeg": "a JPEG picture",
    "png": "a PNG picture",
    "webp": "a WebP picture",
    "bmp": "a BMP picture",
    "gif": "a GIF picture",
    "tiff": "a TIFF picture",
    "heic": "a HEIC picture (the iPhone's own format)",
    "avif": "an AVIF picture",
    "svg": "an SVG drawing",
    "html": "a web page",
    "pdf": "a PDF document",
    "zip": "a zip archive",
    "archive": "a compressed archive",
    "program": "a program",
    "audio": "a sound file",
    "psd": "a Photoshop document",
    "mp4": "an MP4 video",
    "mov": "a QuickTime video",
    "matroska": "a WebM or Matroska video",
    "avi": "an AVI video",
    "mpeg": "an MPEG video",
    "ogg": "an Ogg video",
    "flv": "a Flash video",
    "wmv": "a Windows Media video",
    "text": "plain text",
    "empty": "an empty file",
    "unknown": "something that is not known here",
}

_PREFIXES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\0", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"#!", "program"),
    (b"8BPS", "psd"),
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"OggS", "ogg"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wmv"),
    (b"\0\0\x01\xba", "mpeg"),
    (b"\0\0\x01\xb3", "mpeg"),
    (b"ID3", "audio"),
    (b"fLaC", "audio"),
)
_RIFF = {b"WEBP": "webp", b"AVI ": "avi", b"WAVE": "audio"}
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
# QuickTime files from before "ftyp" start with one of these boxes
_OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def sniff_bytes(head: bytes) -> str:
    """Kind (a key of KIND_WORDS) of a file that starts with ``head``."""
    if not head:
        return "empty"
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "unknown")
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":  # the reserved words of a BMP are zero
        return "bmp"
    if head[4:8] == b"ftyp":
        return _iso_brand(head[8:12])
    if head[4:8] in _OLD_QUICKTIME:
        return "mov"
    if len(head) > 188 and head[0] == head[188] == 0x47:  # MPEG transport stream, 188-byte packets
        return "mpeg"
    return _sniff_text(head)


def sniff(path: Path) -> str:
    """Kind of the file at ``path``; reads its first bytes only. OSError if it cannot be read."""
    return sniff_bytes(read_head(path))


def read_head(path: Path) -> bytes:
    """The first bytes of a file. OSError if it cannot be read."""
    require_file(path)
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def require_file(path: Path) -> None:
    """OSError for what is missing, a folder, a pipe or a device: opening one of these may wait for
    ever, and it may never end."""
    try:
        mode = os.stat(path).st_mode
    except ValueError as error:  # a zero byte in the name
        raise OSError(errno.ENOENT, "there is no such name") from error
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no ordinary file")


def _iso_brand(brand: bytes) -> str:
    if brand in _HEIC_BRANDS:
        return "heic"
    if brand in (b"avif", b"avis"):
        return "avif"
    if brand in (b"M4A ", b"M4B "):
        return "audio"
    return "mov" if brand == b"qt  " else "mp4"


def _sniff_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "html"
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!--")) and b"<svg" in text):
        return "svg"
    printable = sum(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return "text" if printable == len(head) else "unknown"

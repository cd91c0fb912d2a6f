"""Zip files from strangers: unpacked under limits that are counted, not believed."""

from __future__ import annotations

import contextlib
import errno
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..config import MB, Limits
from ..errors import DatasetError
from ..types import Note, Problem
from .junk import is_junk
from .names import called, shown
from .sniff import sniff_bytes
from .whole_file import disk_full, is_full

_CHUNK = 1 * MB
# what a file system says of a name that it does not take; of all else the disk is to blame
_OF_THE_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR, errno.EISDIR,
                errno.EEXIST, errno.ENOENT, errno.ENOTEMPTY)  # fmt: skip
# text shrinks about 10 times, an empty bitmap some 100; below the floor nobody is harmed
_MAX_RATIO = 200
_RATIO_FLOOR = 20 * MB
_MAX_NAME = 1000  # characters of a path inside the archive
_MAX_DEPTH = 20  # folders inside folders: each costs disk space that no byte count sees
_MAX_PART = 255  # bytes of one folder or file name, the limit of usual file systems
_DIRECTORY_BYTES = 1024  # of the central directory, per entry: 46 + name + extra fields
_OF_A_SPREADSHEET = "xl/workbook.xml"  # Excel's files are zips, whatever they are called
_ARCHIVE_SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")


def extract_zip(path: Path, workdir: Path, limits: Limits) -> tuple[Path, tuple[Problem, ...]]:
    """Unpack into a fresh folder under ``workdir``: (folder, entries that were left out and why).

    DatasetError when the archive as a whole must be refused; then nothing stays behind.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(prefix="dataset-", dir=workdir))
    try:
        _check_size(path, limits)
        with zipfile.ZipFile(path) as archive:
            problems = _Extraction(called(path), archive, target, limits).run()
    except (zipfile.BadZipFile, struct.error, EOFError, NotImplementedError, ValueError) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise DatasetError(
            f"{called(path)} is not a zip file that can be opened, or it is damaged. "
            "Make it again and check that the upload was complete.",
            code="zip_broken",
            name=called(path),
        ) from error
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return target, tuple(problems)


def claimed_bytes(path: Path, limits: Limits) -> int:
    """Bytes that a zip says it unpacks to; zipfile gives no more of an entry than was said.

    0 for a zip that cannot be read: unpacking says why. DatasetError when it is too large.
    """
    _check_size(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, struct.error, EOFError, NotImplementedError, ValueError):
        return 0


# why one entry is left out, by the code for ui.words
REASONS = {
    "zip_link": "{name} is a link and not a file; put the file itself into the zip.",
    "zip_special": "{name} is a special file and not a file; put the file itself into the zip.",
    "zip_archive": "{name} is an archive inside the archive; unpack it before making the zip.",
    "zip_long_name": "{name} has too long a name; give it a shorter one.",
    "zip_deep": "{name} lies more than {limit} folders deep; move it up.",
    "zip_control": "{name} has control characters in its name; rename it.",
    "zip_same_name": "{name} has the same name as {other}; the first one was kept. Rename one.",
    "zip_packing": "{name} is damaged in the archive or packed in a way that is not read here.",
    "zip_damaged": "{name} is damaged in the archive; make the zip again.",
    "zip_unwritable": "{name} cannot be written under this name ({why}).",
}


def _reason(code: str, **values: object) -> Note:
    return Note(code, REASONS[code].format(**values), values)


class _Extraction:
    """One run over one archive."""

    def __init__(self, name: str, archive: zipfile.ZipFile, target: Path, limits: Limits) -> None:
        self.name = name
        self.archive = archive
        self.target = target
        self.limits = limits
        self.problems: list[Problem] = []
        self.written = 0  # bytes, over all entries
        self.taken: dict[str, str] = {}  # comparable name -> name as written

    def run(self) -> list[Problem]:
        """Check the list of entries, then unpack one after the other."""
        entries = self.archive.infolist()
        if len(entries) > self.limits.zip_entries:
            raise _too_many(self.name, self.limits)
        if any(entry.filename == _OF_A_SPREADSHEET for entry in entries):
            raise DatasetError(
                f"{self.name} is a spreadsheet file. Save the table as CSV (UTF-8) and try again.",
                code="dataset_other_table",
                name=self.name,
            )
        named = [(entry, self._safe_parts(entry)) for entry in entries]
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise DatasetError(
                f"{self.name} is protected by a password. Make the zip again without one.",
                code="zip_password",
                name=self.name,
            )
        for entry, parts in named:
            if parts and not entry.is_dir() and not is_junk(parts):
                self._extract(entry, parts)
        return self.problems

    def _safe_parts(self, entry: zipfile.ZipInfo) -> tuple[str, ...]:
        """Folders and name of an entry; a path out of the folder refuses the whole archive."""
        # some Windows tools write backslashes
        name = _entry_name(entry).replace("\\", "/")
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        drive = len(name) > 1 and name[1] == ":" and name[0].isalpha()
        if name.startswith("/") or drive or ".." in parts:
            raise DatasetError(
                f"{self.name} was refused: its entry '{shown(name)}' points outside the archive's "
                "own folder. Make the zip again from the folder with your files.",
                code="zip_path",
                name=self.name,
                entry=shown(name),
            )
        return parts

    def _extract(self, entry: zipfile.ZipInfo, parts: tuple[str, ...]) -> None:
        name = shown("/".join(parts))
        reason = self._reason_against(entry, parts)
        if reason is None:
            try:
                reason = self._copy(entry, self.target.joinpath(*parts))
            except OSError as error:
                if is_full(error):
                    raise _disk_full(self.name) from error
                if error.errno not in _OF_THE_NAME:
                    raise disk_full(self.name) from error
                reason = _reason("zip_unwritable", name=name, why=error.strerror)
        if reason is not None:
            self.problems.append(Problem.of(name, reason, "skipped"))

    def _reason_against(self, entry: zipfile.ZipInfo, parts: tuple[str, ...]) -> Note | None:
        """Why this one entry is left out; None when it is fine so far."""
        name = "/".join(parts)
        printable = shown(name)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            return _reason("zip_link" if kind == stat.S_IFLNK else "zip_special", name=printable)
        if name.lower().endswith(_ARCHIVE_SUFFIXES):
            return _reason("zip_archive", name=printable)
        if len(name) > _MAX_NAME or any(len(p.encode()) > _MAX_PART for p in parts):
            return _reason("zip_long_name", name=printable)
        if len(parts) > _MAX_DEPTH:
            return _reason("zip_deep", name=printable, limit=_MAX_DEPTH)
        if any(unicodedata.category(c) == "Cc" for c in name):
            return _reason("zip_control", name=printable)
        key = unicodedata.normalize("NFC", name).casefold()
        if key in self.taken:
            other = shown(self.taken[key])
            return _reason("zip_same_name", name=printable, other=other)
        self.taken[key] = name
        return None

    def _copy(self, entry: zipfile.ZipInfo, target: Path) -> Note | None:
        """Stream one entry to disk; the reason when its content makes it unusable."""
        name = shown(target.relative_to(self.target).as_posix())
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source = self.archive.open(entry)
        except Exception:  # a damaged local header, an unknown packing method: many exception types
            return _reason("zip_packing", name=name)
        with source, target.open("xb") as sink:  # x: never over an existing file or link
            verdict = self._stream(source.read, sink.write, entry)
        if verdict is None:
            return None
        target.unlink()
        return _reason(verdict, name=name)

    def _stream(
        self, read: Callable[[int], bytes], write: Callable[[bytes], int], entry: zipfile.ZipInfo
    ) -> str | None:
        """Code of the reason when the content cannot be used."""
        size = 0
        while True:
            try:
                block = read(_CHUNK)
            except Exception:  # wrong checksum, cut off, broken compression
                return "zip_damaged"
            if not block:
                return None
            if size == 0 and sniff_bytes(block) in ("zip", "archive"):
                return "zip_archive"
            size += len(block)
            self._count(len(block), size, entry)
            write(block)

    def _count(self, added: int, size: int, entry: zipfile.ZipInfo) -> None:
        """Refuse the whole archive when real sizes pass the limits, whatever its headers say."""
        self.written += added
        if self.written > self.limits.zip_unpacked_bytes:
            raise DatasetError(
                f"{self.name} unpacks to more than {self.limits.zip_unpacked_bytes / MB:g} MB. "
                "Make it smaller, for example with smaller pictures.",
                code="zip_unpacked",
                name=self.name,
                limit=self.limits.zip_unpacked_bytes / MB,
            )
        if size > _RATIO_FLOOR and size > _MAX_RATIO * max(1, entry.compress_size):
            raise DatasetError(
                f"{self.name} was refused: its entry '{shown(_entry_name(entry))}' unpacks to more "
                f"than {_MAX_RATIO} times its packed size, as zip bombs do.",
                code="zip_bomb",
                name=self.name,
            )


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: tools that do not set the UTF-8 flag write UTF-8 or GB2312 too."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    with contextlib.suppress(UnicodeError):
        raw = entry.filename.encode("cp437")  # undo zipfile's decoding
        for encoding in ("utf-8", "gb2312"):
            with contextlib.suppress(UnicodeError):
                return raw.decode(encoding)
    return entry.filename


def _check_size(path: Path, limits: Limits) -> None:
    size = path.stat().st_size
    if size > limits.zip_bytes:
        raise DatasetError(
            f"{called(path)} has {size / MB:.0f} MB; zip files may have up to "
            f"{limits.zip_bytes / MB:g} MB. Leave files out or make the pictures smaller.",
            code="zip_bytes",
            name=called(path),
            limit=limits.zip_bytes / MB,
        )
    if _directory_bytes(path) > limits.zip_entries * _DIRECTORY_BYTES:
        raise _too_many(called(path), limits)


def _directory_bytes(path: Path) -> int:
    """Size of the list of entries, which zipfile would read into memory as a whole."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - (1 << 16) - 22))  # the end record and the longest comment
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        size = struct.unpack("<I", tail[at + 12 : at + 16])[0] if 0 <= at <= len(tail) - 22 else 0
        if size < 0xFFFFFFFF:
            return size
        at = tail.rfind(b"PK\x06\x06", 0, at)  # zip64 keeps the true size in a record before it
        return struct.unpack("<Q", tail[at + 40 : at + 48])[0] if at >= 0 else size


def _too_many(name: str, limits: Limits) -> DatasetError:
    return DatasetError(
        f"{name} has more than {limits.zip_entries:,} entries. Split it or leave files out.",
        code="zip_entries",
        name=name,
        limit=limits.zip_entries,
    )


def _disk_full(name: str) -> DatasetError:
    return DatasetError(
        f"The disk became full while {name} was unpacked. Free some space and try again.",
        code="disk_full",
        name=name,
    )

"""Settings and limits, each with the environment variable that overrides it."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What is accepted; every limit has its own clear error and stands in the page."""

    picture_pixels: int = 50_000_000
    picture_bytes: int = 20 * MB
    video_seconds: int = 30 * 60
    video_bytes: int = 500 * MB
    zip_bytes: int = 500 * MB
    zip_unpacked_bytes: int = 2048 * MB
    zip_entries: int = 20_000
    text_characters: int = 10_000
    min_classes: int = 2
    min_per_class: int = 2


@dataclass(frozen=True)
class Settings:
    """Where things are and how the app is served."""

    host: str = "127.0.0.1"
    port: int = 7860
    checkpoints: Path = ROOT / "checkpoints"
    data_root: Path = Path(tempfile.gettempdir()) / "mmdemo-data"  # workspaces, exports, caches
    emotion_model: str = "emotion-compact"
    matcher_model: str = "matcher-compact"
    workspace_bytes: int = 2048 * MB  # what one visitor's uploads, libraries and models may take
    free_bytes: int = 1024 * MB  # disk space that stays free whatever is uploaded
    keep_days: int = 30  # a workspace that nobody opened for so long is deleted
    bucket: Path = Path("/data")  # where a Space mounts storage that outlives a restart
    threads: int = 0  # torch threads; 0 = as many as there are cores
    fetch_weights: int = 1  # 0: nobody can fetch weights of a hub from the page
    limits: Limits = Limits()


# A Space serves strangers on two cores and a small disk. Names are those of Settings and Limits;
# a variable still wins.
HOSTED: dict[str, int] = {
    "workspace_bytes": 512 * MB,
    "free_bytes": 2048 * MB,
    "keep_days": 7,
    "fetch_weights": 0,
    "picture_pixels": 25_000_000,
    "picture_bytes": 10 * MB,
    "video_seconds": 5 * 60,
    "video_bytes": 100 * MB,
    "zip_bytes": 100 * MB,
    "zip_unpacked_bytes": 300 * MB,
    "zip_entries": 5_000,
}


def is_hosted(environ: Mapping[str, str] | None = None) -> bool:
    """Whether this runs as a Hugging Face Space, which sets these variables."""
    environ = os.environ if environ is None else environ
    return bool(environ.get("SPACE_ID")) or environ.get("SYSTEM") == "spaces"


def _overrides(cls: type, environ: Mapping[str, str]) -> dict[str, object]:
    """Values of MMDEMO_<FIELD> variables for the int, str and Path fields of ``cls``, and
    the smaller defaults of a Space."""
    found: dict[str, object] = {}
    for field in fields(cls):
        if field.name == "limits":
            continue
        if is_hosted(environ) and field.name in HOSTED:
            found[field.name] = HOSTED[field.name]
        raw = environ.get(f"MMDEMO_{field.name.upper()}")
        if raw is None:
            continue
        found[field.name] = _read(field.name, raw, type(field.default))
    return found


def _read(name: str, raw: str, kind: type) -> object:
    """The value of a variable. ValueError says which one is wrong, and how."""
    if kind is not int:
        return Path(raw) if issubclass(kind, Path) else kind(raw)
    most = 65_535 if name == "port" else None
    if not raw.strip().isdecimal() or (most is not None and int(raw) > most):
        upto = f" up to {most:,}" if most else ""
        raise ValueError(f"MMDEMO_{name.upper()} must be a whole number{upto}, not {raw!r}.")
    return int(raw)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from MMDEMO_* environment variables over the defaults.

    On a Space with a bucket, workspaces lie there unless MMDEMO_DATA_ROOT says otherwise.
    """
    environ = dict(os.environ) if environ is None else environ
    limits = Limits(**_overrides(Limits, environ))
    chosen = _overrides(Settings, environ)
    bucket = chosen.get("bucket", Settings.bucket)
    if is_hosted(environ) and "data_root" not in chosen and _keeps_files(bucket):
        chosen["data_root"] = bucket / "mmdemo-data"
    return Settings(**chosen, limits=limits)


def _keeps_files(folder: Path) -> bool:
    """Whether files can be written, renamed and locked in a folder; not every mounted bucket can.

    Writing anew under an existing name is what every save here does (whole_file).
    """
    if not folder.is_dir():
        return False
    try:
        with tempfile.TemporaryDirectory(prefix=".mmdemo-", dir=folder) as made:
            for content in (b"first", b"second"):
                making = Path(made, "making")
                making.write_bytes(content)
                making.replace(Path(made, "made"))
            with FileLock(Path(made, "lock"), timeout=0):
                whole = Path(made, "made").read_bytes() == b"second"
    except (OSError, NotImplementedError, Timeout) as error:
        log.warning("%s cannot keep files (%s): what visitors save is lost at a restart",
                    folder, error)  # fmt: skip
        return False
    return whole

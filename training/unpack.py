"""Training data as unpacked folders."""

from __future__ import annotations

import zipfile
from pathlib import Path


def unpack(data: Path, work: Path, names: tuple[str, ...]) -> Path:
    """Folder that holds one folder per name: ``data`` itself, or ``work/data`` after unzipping."""
    if all((data / name / "data.csv").exists() for name in names):
        return data
    target = work / "data"
    for name in names:
        if not (target / name / "data.csv").exists():
            with zipfile.ZipFile(data / f"{name}.zip") as archive:
                archive.extractall(target / name)
    return target

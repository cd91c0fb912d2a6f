"""Small datasets, and what is left of them."""

from __future__ import annotations

from pathlib import Path


def table(folder: Path, *rows: str, header: str = "text,label") -> Path:
    """A CSV with these rows."""
    path = folder / "data.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def sentences(problems) -> str:
    """All problems in one string."""
    return " | ".join(f"{p.where}: {p.what} ({p.outcome})" for p in problems)


def left_in(workspace) -> list[Path]:
    """Datasets on disk, whole or not."""
    return list((workspace.folder / "datasets").iterdir())

"""Moments as files: a table for a spreadsheet, and the object that ``search --json`` prints."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from ...data.cells import safe_cell
from ...data.whole_file import whole_file
from ...types import Moment
from .answers import SearchResult

COLUMNS = ("query", "rank", "video", "start_s", "end_s", "frame_s", "score", "strength")


def moments_object(result: SearchResult) -> dict:
    """A search result as plain values for JSON."""
    return {
        "query": result.query,
        "fits": result.fits,
        "total": result.total,
        "moments": [_moment_object(moment) for moment in result.moments],
        "notes": [{"code": note.code, "text": note.text} for note in result.notes],
    }


def _moment_object(moment: Moment) -> dict:
    return {
        "video": moment.video,
        "start_s": round(moment.start_s, 3),
        "end_s": round(moment.end_s, 3),
        "score": round(moment.score, 4),
        "frame_s": round(moment.frame_s, 3),
        "strength": moment.strength,
        "item": moment.item,
    }


def write_json(result: SearchResult, out: Path) -> Path:
    """Write the result as JSON; the file appears whole or not at all."""
    text = json.dumps(moments_object(result), ensure_ascii=False, indent=1)
    return _write(text + "\n", out)


def write_csv(result: SearchResult, out: Path) -> Path:
    """Write one row a moment; cells that a spreadsheet would run get a leading apostrophe."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for rank, moment in enumerate(result.moments, 1):
        times = (moment.start_s, moment.end_s, moment.frame_s)
        rows.writerow(
            [
                *(safe_cell(result.query), rank, safe_cell(moment.video)),
                *(f"{time_s:.3f}" for time_s in times),
                *(f"{moment.score:.4f}", moment.strength),
            ]
        )
    return _write(text.getvalue(), out)


def _write(text: str, out: Path) -> Path:
    with whole_file(out) as part:
        part.write_text(text, encoding="utf-8", newline="")
    return out

"""The files of ``emotion --explain DIR``."""

from __future__ import annotations

import html
import json
from pathlib import Path

from PIL import Image

from ..errors import MmdemoError
from ..types import Explanation

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Words for and against {label}</title>
<body style="font: 1.2rem/2 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto">
<p>{words}</p>
<p style="font-size: 1rem">Solid underline: spoke for <b>{label}</b>. Dashed underline: against it.
The stronger the colour, the more. Hover over a word for its weight (-1 to 1).</p>
</body></html>
"""


def write_explanation(
    folder: Path, text: str, face: Image.Image | None, explanation: Explanation
) -> list[Path]:
    """Write explanation.json and what goes with it; gives the files written."""
    files = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if explanation.words:
            files["words.html"] = words_page(text, explanation)
            (folder / "words.html").write_text(files["words.html"], encoding="utf-8")
        if face is not None and explanation.heat is not None:
            from ..render import overlay_heatmap

            face.save(folder / "face.png")
            overlay_heatmap(face, explanation.heat).save(folder / "heat.png")
            files |= {"face.png": "", "heat.png": ""}
        summary = json.dumps(
            _as_json(text, explanation, sorted(files)), ensure_ascii=False, indent=1
        )
        (folder / "explanation.json").write_text(summary + "\n", encoding="utf-8")
    except OSError as error:
        raise MmdemoError(
            f"--explain {folder} cannot be written: {error.strerror or error}."
        ) from error
    return [folder / name for name in ("explanation.json", *sorted(files))]


def _as_json(text: str, explanation: Explanation, files: list[str]) -> dict:
    return {
        "label": explanation.label,
        "text": text,
        "words": [
            {"text": text[w.start : w.end], "start": w.start, "end": w.end, "weight": w.weight}
            for w in explanation.words
        ],
        "shares": explanation.shares,
        "files": files,
    }


def words_page(text: str, explanation: Explanation) -> str:
    """The text as HTML, each weighted word underlined: solid for, dashed against the label."""
    parts, at = [], 0
    for word in explanation.words:
        strength = min(1.0, abs(word.weight))
        colour, line = ("34, 139, 34", "solid") if word.weight >= 0 else ("200, 60, 20", "dashed")
        style = (
            f"background: rgba({colour}, {0.6 * strength:.2f}); text-decoration: underline {line}"
        )
        if strength < 0.05:  # barely any weight: left plain, or every word would be underlined
            style = ""
        parts.append(html.escape(text[at : word.start]))
        parts.append(
            f'<span style="{style}" title="{word.weight:+.2f}">'
            f"{html.escape(text[word.start : word.end])}</span>"
        )
        at = word.end
    parts.append(html.escape(text[at:]))
    return PAGE.format(label=html.escape(explanation.label), words="".join(parts))

"""Text in cells of a table that a spreadsheet opens."""

from __future__ import annotations

# First characters that make a spreadsheet run a cell as a formula (OWASP, "CSV Injection"); the
# full-width ones do so in Chinese and Japanese locales.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """The text, with a leading apostrophe when a spreadsheet would run it as a formula."""
    starts = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if starts else text

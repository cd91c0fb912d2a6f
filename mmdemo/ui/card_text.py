"""The card of a model as HTML: headings, lists, tables, code. A card may come from a stranger, so
everything is escaped, and there are no links, pictures or HTML of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from .markup import safe

_RULE = re.compile(r"\|?[\s:|-]+\|?")  # the line below a table's head
_BOLD, _CODE = re.compile(r"\*\*(.+?)\*\*"), re.compile("\0(.+?)\0")
MOST = 20_000  # characters; more is no card


def card_html(card: str) -> str:
    """The whole card; headings begin at h4, since the page has its own above."""
    return "".join(_block(kind, lines) for kind, lines in _blocks(card[:MOST]))


def figures_html(card: str) -> str:
    """The first table of a card: what the model scores."""
    for kind, lines in _blocks(card[:MOST]):
        if kind == "table":
            return _table(lines)
    return ""


def _blocks(card: str) -> Iterator[tuple[str, list[str]]]:
    """Runs of lines of one kind; the title, which stands above already, is left out."""
    fenced = False

    def kind_of(line: str) -> str:
        nonlocal fenced
        if line.startswith("```"):
            fenced = not fenced
            return "fence"
        if fenced:
            return "code"
        if line.startswith("|"):
            return "table"
        if line.startswith("#"):
            return "title" if line.startswith("# ") else "heading"
        return "blank" if not line.strip() else "list" if line.startswith(("- ", "  ")) else "text"

    kinds = [(kind_of(line), line) for line in card.splitlines()]
    for kind, lines in groupby(kinds, key=lambda pair: pair[0]):
        if kind not in ("fence", "blank", "title"):
            yield kind, [line for _, line in lines]


def _block(kind: str, lines: Sequence[str]) -> str:
    if kind == "table":
        return _table(lines)
    if kind == "code":
        return f"<pre>{safe(chr(10).join(lines))}</pre>"
    if kind == "heading":
        return "".join(f"<h4>{_inline(line.lstrip('# '))}</h4>" for line in lines)
    if kind == "list":
        items: list[str] = []
        for line in lines:
            if line.startswith("- ") or not items:
                items.append(line.removeprefix("- ").strip())
            else:
                items[-1] += " " + line.strip()
        return f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: Sequence[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    body = "".join(
        f'<tr><th scope="row">{_inline(row[0])}</th>'
        + "".join(f"<td>{_inline(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for line, row in zip(lines[1:], rows[1:], strict=True)
        if not _RULE.fullmatch(line.strip())
    )
    return f'<table class="mm-figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _inline(text: str) -> str:
    """Escaped text with bold words and code."""
    # safe() escapes the mark of code too, so it stands as NUL meanwhile
    shown = safe(text.replace("\0", "").replace("`", "\0"))
    return _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<b>\1</b>", shown)).replace("\0", "&#96;")

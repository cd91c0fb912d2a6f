"""The library, drawn: how indexing stands, and what has been indexed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ..render import clock
from ..types import Note
from .answer import empty_body
from .markup import action, card, file_name, percent, picture_uri, safe
from .retrieval_views import SHELF, Shelf
from .words import say, tell, tell_problem

if TYPE_CHECKING:
    from ..services.retrieval.answers import IndexJob, LibraryItem

THUMB = (240, 180)
MOST_PROBLEMS = 5


@lru_cache(maxsize=512)
def _thumbnail(path: Path, stamp: float) -> str:
    with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as opened:
        opened.thumbnail(THUMB)
        return picture_uri(opened, 78)


def thumbnail(path: Path) -> str:
    """A stored thumbnail as ``<img>``; a grey place when it is gone. The name stands beside it."""
    try:
        return f'<img src="{_thumbnail(path, path.stat().st_mtime)}" alt="" loading="lazy">'
    except OSError:
        return '<i class="mm-no-picture" aria-hidden="true"></i>'


def quiet_button(key: str, lang: str, name: str, **values: object) -> str:
    """A secondary button that sends the event ``name``."""
    return f'<button class="mm-quiet" {action(name, **values)}>{safe(say(key, lang))}</button>'


def delete_buttons(asking: str, lang: str, remove: str, keep: str, **values: object) -> str:
    """Delete; once it was pressed, the question ``asking`` (plain text) and both answers."""
    if not asking:
        return quiet_button("use.remove", lang, remove, **values)
    return (
        f'<span class="mm-ask" role="alert">{safe(asking)}</span>'
        f"{quiet_button('use.remove_yes', lang, remove, **values)}"
        f"{quiet_button('use.remove_no', lang, keep)}"
    )


def item_row(item: LibraryItem, shelf: Shelf, lang: str) -> str:
    """One video or picture: what it is called, how long it is, whether it can be searched."""
    length = clock(item.duration_s) if item.kind == "video" else say("lib.picture", lang)
    state = say(f"lib.state_{item.state}", lang)
    if item.id == shelf.removing:
        ask = safe(say("lib.really", lang, name=item.name))
        buttons = (
            f'<span class="mm-ask" role="alert">{ask} '
            f"{quiet_button('lib.remove_yes', lang, 'remove', item=item.id)}"
            f"{quiet_button('lib.remove_no', lang, 'keep')}</span>"
        )
    else:
        said = safe(say("lib.remove", lang, name=item.name))
        buttons = (
            f'<button class="mm-cross" {action("remove", item=item.id)} aria-label="{said}" '
            f'title="{said}">&times;</button>'
        )
    return (
        f"<li>{thumbnail(item.thumbnail)}<div><b>{file_name(item.name)}</b>"
        f'<span class="mm-hint">{safe(length)} · {safe(state)}</span></div>{buttons}</li>'
    )


def job_problems(job: IndexJob, lang: str) -> str:
    """Files that were left out, each with its reason."""
    if not job.problems:
        return ""
    items = "".join(
        f"<li><b>{safe(p.where)}</b>: {safe(tell_problem(p, lang))}</li>"
        for p in job.problems[:MOST_PROBLEMS]
    )
    more = len(job.problems) - MOST_PROBLEMS
    if more > 0:
        items += f"<li>{safe(say('lib.more_problems', lang, count=more))}</li>"
    title = safe(say("lib.problems", lang, count=len(job.problems)))
    return f'<div class="mm-finding"><strong>{title}</strong><ul>{items}</ul></div>'


def job_body(shelf: Shelf, lang: str) -> str:
    """How far indexing is, with Stop; after a stop, what to go on with."""
    job = shelf.job
    if job is None:
        return ""
    notes = "".join(f"<li>{safe(tell(note, lang, 'note.'))}</li>" for note in job.notes)
    notes = f'<ul class="mm-notes">{notes}</ul>' if notes else ""
    if job.state == "running":
        return running_body(job, lang) + job_problems(job, lang)
    if job.state == "stopped":
        told = safe(say("lib.stopped", lang, done=job.done, total=job.total))
        button = quiet_button("lib.resume", lang, "resume")
        return f'<div class="mm-job"><p>{told}</p>{button}</div>{job_problems(job, lang)}'
    if job.state == "failed":
        said = tell(Note("index_failed", job.message), lang)
        button = quiet_button("lib.resume", lang, "resume")
        return f'<div class="mm-finding" role="alert"><p>{safe(said)}</p>{button}</div>'
    return notes + job_problems(job, lang)


def running_body(job: IndexJob, lang: str) -> str:
    """n of m, which file, how far, how long."""
    at = min(job.done + 1, job.total)
    told = say("lib.indexing", lang, number=at, total=job.total, name=job.current)
    part = percent(min(job.fraction, 1.0))
    left = (
        say("video.done", lang, percent=part)
        if job.left_s is None
        else say("video.left", lang, percent=part, time=clock(job.left_s + 0.5))
    )
    return (
        f'<div class="mm-job" role="status"><p>{safe(told)}</p>'
        f'<progress max="100" value="{part}" aria-label="{safe(say("lib.progress", lang))}">'
        f'</progress><p class="mm-hint">{safe(left)}</p><p class="mm-hint">'
        f"{safe(say('lib.goes_on', lang))}</p>{quiet_button('lib.stop', lang, 'stop')}</div>"
    )


def pager(page: int, pages: int, lang: str) -> str:
    """Buttons for the page before and after; nothing when there is one page."""
    if pages < 2:
        return ""
    back, on = ("" if page else " disabled"), ("" if page < pages - 1 else " disabled")
    return (
        f'<nav class="mm-pager" aria-label="{safe(say("find.pages", lang))}">'
        f'<button class="mm-quiet" {action("turn", page=page - 1)}{back}>'
        f"{safe(say('find.before', lang))}</button>"
        f"<span>{safe(say('find.page', lang, page=page + 1, pages=pages))}</span>"
        f'<button class="mm-quiet" {action("turn", page=page + 1)}{on}>'
        f"{safe(say('find.after', lang))}</button></nav>"
    )


def summary(shelf: Shelf, lang: str) -> str:
    """ "Your library: 6 files, 03:12 of video"."""
    length = sum(item.duration_s for item in shelf.items)
    key = "lib.title_full" if length else "lib.title_pictures"
    return say(key, lang, count=len(shelf.items), length=clock(length))


def shelf_card(shelf: Shelf, lang: str) -> str:
    """The library below its drop zone."""
    if not shelf.items:
        if shelf.job is not None and shelf.job.state != "done":
            return card(say("lib.title", lang), job_body(shelf, lang))
        teach = empty_body(say("lib.empty_title", lang), say("lib.empty", lang), "mm-low")
        return card(say("lib.title", lang), job_body(shelf, lang) + teach)
    first = shelf.page * SHELF
    rows = "".join(item_row(item, shelf, lang) for item in shelf.items[first : first + SHELF])
    other = ""
    if shelf.view.other_model and not shelf.busy:
        other = (
            f'<div class="mm-finding" role="status"><p>{safe(say("lib.other_model", lang))}</p>'
            f"{quiet_button('lib.index_again', lang, 'again')}</div>"
        )
    body = job_body(shelf, lang) + other + f'<ul class="mm-shelf">{rows}</ul>'
    return card(summary(shelf, lang), body + pager(shelf.page, -(-len(shelf.items) // SHELF), lang))

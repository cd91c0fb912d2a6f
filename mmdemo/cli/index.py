"""``index``: put videos and pictures into a library that ``search`` looks through."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..config import Settings
from ..errors import MmdemoError
from ..types import Note
from .console import Console

KNOWN_NAMED = 5

NOTES = """\
Videos are looked at once a second; pictures that hardly change are kept once.
Folders are walked. A file that is already in the library costs nothing, a renamed
one is recognised by its content, and a file that cannot be read is named on stderr
and left out. Whatever ends the command, finished files stay: run it again to go on.
Several commands may fill one library at the same time.

example:
  python -m mmdemo index holiday.mp4 pictures --library my-library"""


def add_parser(commands) -> argparse.ArgumentParser:
    """Describe the command to argparse."""
    parser = commands.add_parser(
        "index",
        help="put videos and pictures into a library",
        description="Look through videos and pictures once, so that search finds their moments.",
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", metavar="PATH", type=Path, nargs="+", help="videos, pictures, or folders of them"
    )
    add_library(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def add_library(parser: argparse.ArgumentParser) -> None:
    """The --library and --model options."""
    parser.add_argument(
        "--library", metavar="DIR", type=Path, required=True, help="the library's folder"
    )
    parser.add_argument(
        "--model",
        metavar="M",
        help="a bundled name, a checkpoint folder or zip, or a CLIP-like model's folder or hub id "
        "(default: matcher-compact)",
    )


def open_service(args: argparse.Namespace, settings: Settings):
    """The retrieval service with the chosen model."""
    from ..services.retrieval.service import RetrievalService

    if args.model:
        settings = replace(settings, matcher_model=args.model)
    return RetrievalService(settings, choices=not args.model)


def run(args: argparse.Namespace, settings: Settings, console: Console) -> None:
    """Index everything and tell what came of it."""
    for path in args.paths:
        if not path.exists():
            raise MmdemoError(f"There is no file or folder {path}.")
    service = open_service(args, settings)
    service.matcher(args.library)  # a model that is not there is said before anything is made
    job = _follow(args, service, console)
    for problem in job.problems:
        console.say(f"{problem.where}: {problem.what} ({problem.outcome})")
    _say_notes(job.notes, console)
    skipped = sum(problem.outcome == "skipped" for problem in job.problems)
    if job.state == "failed":
        raise MmdemoError(job.message)
    if skipped == job.done:
        raise MmdemoError(f"Nothing was indexed: none of the {skipped} files could be read.")
    items = service.contents(args.library).items
    known = sum(note.code in ("library_known", "library_renamed") for note in job.notes)
    answer = {
        "library": str(args.library),
        "indexed": job.done - skipped - known,
        "known": known,
        "skipped": skipped,
        "items": len(items),
        "frames": sum(item.frames for item in items),
    }
    if args.json:
        console.emit_json(answer)
    else:
        console.emit(
            "{indexed} indexed, {known} already known, {skipped} left out; the library holds "
            "{items} files with {frames} frames".format(**answer)
        )


def _say_notes(notes: Sequence[Note], console: Console) -> None:
    """What is remarkable; of files that were known only a few, as there may be thousands."""
    known = [note for note in notes if note.code == "library_known"]
    for note in [n for n in notes if n.code != "library_known"] + known[:KNOWN_NAMED]:
        console.say(note.text)
    if len(known) > KNOWN_NAMED:
        console.say(f"... and {len(known) - KNOWN_NAMED} more files were already in the library.")


def _follow(args: argparse.Namespace, service, console: Console):
    """Show progress until the job ends; Ctrl-C stops it after the frames in work."""
    # a shell's `kill` ends the job as Ctrl-C does: what is finished stays, the rest waits
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        job = service.add(args.library, args.paths)
        with console.fraction_bar("index") as bar:
            while job.state == "running":
                bar(job.fraction, job.current or "index")
                job = service.wait(args.library, 0.2)
        return service.wait(args.library)  # upkeep included
    except KeyboardInterrupt:
        service.stop(args.library)
        service.wait(args.library, 20)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)

"""``search``: the moments of a library that answer a sentence."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..config import Settings
from ..errors import MmdemoError
from ..types import Moment
from .console import Console
from .index import add_library, open_service
from .options import check_output_file

MOST = 1000

NOTES = """\
The score says by how many standard deviations a moment fits better than everyday
phrases that have nothing to do with it: from about 3 on it is called strong. When
nothing fits, that is said on stderr ("fits" is false in the JSON), and the closest
moments are given all the same. --csv and --json carry the same values.

example:
  python -m mmdemo search "a dog in the snow" --library my-library --top 5"""


def add_parser(commands) -> argparse.ArgumentParser:
    """Describe the command to argparse."""
    parser = commands.add_parser(
        "search",
        help="find the moment by a sentence",
        description="Find the moments of a library that answer a sentence, best first.",
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("query", metavar="QUERY", help="what is to be seen, as a caption says it")
    add_library(parser)
    parser.add_argument("--top", metavar="K", type=int, default=10, help="moments (default 10)")
    parser.add_argument("--not", metavar="TEXT", dest="but_not", default="", help="but not this")
    parser.add_argument("--csv", metavar="OUT.csv", type=Path, help="write the moments as a table")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(args: argparse.Namespace, settings: Settings, console: Console) -> None:
    """Search and print the moments."""
    if not 1 <= args.top <= MOST:
        raise MmdemoError(f"--top {args.top} is not between 1 and {MOST}.")
    if args.csv:
        check_output_file("--csv", args.csv)
    service = open_service(args, settings)
    result = service.search(
        args.library, args.query, but_not=args.but_not, top=args.top, pictures=False
    )
    if args.csv:
        service.export_csv(result, args.csv)
    for note in result.notes:
        console.say(note.text)
    if not result.fits:
        console.say("nothing here fits well; these are the closest moments")
    if args.json:
        from ..services.retrieval.export import moments_object

        console.emit_json(moments_object(result))
        return
    for moment in result.moments:
        console.emit(f"{moment.video}  {when(moment)}  {moment.strength} ({moment.score:.2f})")


def when(moment: Moment) -> str:
    """The range of a moment; a picture has none."""
    if moment.end_s <= moment.start_s:
        return "picture"
    from ..render import clock

    return f"{clock(moment.start_s)} - {clock(moment.end_s)}"

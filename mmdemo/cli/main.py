"""Entry point: parse, run one command, turn user errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__
from ..config import load_settings
from ..data.names import shown
from ..errors import MmdemoError
from . import emotion, evaluate, fetch, finetune, index, predict, search
from .console import Console, open_console

COMMANDS = (emotion, predict, evaluate, index, search, finetune, fetch)
USER_ERROR, STOPPED = 2, 130  # 130 = 128 + SIGINT, as shells report Ctrl-C

DESCRIPTION = """\
Read emotion in text, faces and videos, find moments in videos, train on your own samples.
Everything runs on this computer; nothing is sent anywhere. Only `fetch` asks the network, for the
weights that it is told to bring. A score says how a model reads an expression, not what a person
feels."""

EPILOG = """\
examples:
  python -m mmdemo emotion --text "What a lovely surprise!" --image portrait.jpg
  python -m mmdemo emotion --video clip.mp4 --json > curve.json
  python -m mmdemo predict reviews.csv --output scored.csv
  python -m mmdemo evaluate labelled.zip --split dev --json
  python -m mmdemo index holiday.mp4 pictures --library my-library
  python -m mmdemo search "a dog in the snow" --library my-library
  python -m mmdemo finetune my-samples.zip --output my-model
  python -m mmdemo predict reviews.csv --model my-model --output scored.csv

Results go to stdout, with --json as one JSON object; progress and complaints go to stderr. The
exit code is 0, 2 after a mistake in the input (one line says what to do), or 130 after Ctrl-C.
Environment variables such as MMDEMO_CHECKPOINTS and MMDEMO_DATA_ROOT change where things lie; the
README lists them all.

`python -m mmdemo COMMAND --help` shows the options of a command. The page itself: python app.py
"""


class _Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, like every other user error."""

    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"mmdemo: {message} (more: {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; light, so that --help answers at once."""
    parser = _Parser(
        prog="python -m mmdemo",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"mmdemo {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for command in COMMANDS:
        command.add_parser(commands).set_defaults(run=command.run)
    return parser


def _quiet_libraries() -> None:
    """Keep bars and advice of libraries out of the terminal; must run before they load."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _run(args: argparse.Namespace, console: Console) -> int:
    """Run the chosen command; 0, or the exit code of a user error or Ctrl-C."""
    try:
        try:
            settings = load_settings()
        except ValueError as error:  # a bad MMDEMO_* variable; the message names it
            raise MmdemoError(str(error)) from error
        args.run(args, settings, console)
    except MmdemoError as error:
        console.say(f"mmdemo: {' '.join(str(error).split())}")
        return USER_ERROR
    except BrokenPipeError:
        raise
    except OSError as error:  # a name too long, a disk that is full or cannot be written
        console.say(f"mmdemo: {error.strerror or error}: {shown(str(error.filename or '?'))}")
        return USER_ERROR
    except KeyboardInterrupt:
        console.say("mmdemo: stopped")
        return STOPPED
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    args = build_parser().parse_args(argv)
    _quiet_libraries()
    try:
        with open_console() as console:
            return _run(args, console)
    except BrokenPipeError:  # the reader of our output went away, as `head` does: nothing to say
        return 0

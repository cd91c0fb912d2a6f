"""``fetch``: bring the weights of a hub model to this machine, once."""

from __future__ import annotations

import argparse

from ..config import Settings
from .console import Console

NOTES = """\
NAME is a preset (classic, clip), a short name (bert-base-cased, vgg16, clip) or
owner/name of a model on the Hugging Face hub. Only configuration, tokenizer and
weights as safetensors are fetched; nothing of the model's code.

First the command says what will be fetched, how large, from where and under which
licence. A fetch that breaks off goes on where it ended when the command is given
again. What was fetched works without a network for ever.

examples:
  python -m mmdemo fetch classic --plan
  python -m mmdemo fetch openai/clip-vit-base-patch32"""


def add_parser(commands) -> argparse.ArgumentParser:
    """Describe the command to argparse."""
    parser = commands.add_parser(
        "fetch",
        help="bring the weights of a hub model to this machine",
        description="Bring the weights of hub models to this machine, once.",
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", metavar="NAME", nargs="+", help="preset, short name or owner/name")
    parser.add_argument("--revision", metavar="SHA", help="a version other than the newest")
    parser.add_argument("--plan", action="store_true", help="only say what would be fetched")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(args: argparse.Namespace, settings: Settings, console: Console) -> None:
    """Say what will be fetched, and fetch it."""
    from ..models.hub import PRESETS
    from ..models.hub_fetch import fetch, plan_fetch

    names = [part for name in args.names for part in PRESETS.get(name, (name,))]
    plans = [plan_fetch(name, args.revision) for name in dict.fromkeys(names)]
    for plan in plans:
        console.say(
            f"{plan.repo}: {plan.total_bytes / 1e6:.0f} MB from {plan.source}, licence "
            f"{plan.licence}; {_missing(plan.missing_bytes)}"
        )
    folders = {}
    for plan in () if args.plan else plans:
        with console.fraction_bar("fetch") as bar:
            folders[plan.repo] = str(fetch(plan, bar).folder)
        console.say(f"{plan.repo} is here, and works without a network from now on.")
    if args.json:
        console.emit_json({"models": [_json(plan, folders.get(plan.repo)) for plan in plans]})


def _missing(count: int) -> str:
    return f"{count / 1e6:.0f} MB are missing here" if count else "all of it is here"


def _json(plan, folder: str | None) -> dict:
    return {
        "repo": plan.repo, "revision": plan.revision, "source": plan.source,
        "licence": plan.licence, "bytes": plan.total_bytes, "missing_bytes": plan.missing_bytes,
        "files": dict(plan.files), "folder": folder,
    }  # fmt: skip

"""The import rules of DESIGN.md section 3, read from the source with ast."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "mmdemo"
# lower layers may not import higher ones
ORDER = ("data", "models", "services", "ui")
LEAVES = ("types", "errors", "config", "render")
RUNNERS = ("app", "training", "bench")  # what runs the package from outside, ...
COMMANDS = ("cli", "__main__")  # ... and from inside
# a service may use its own modules, not another service's
SERVICES = ("emotion", "retrieval", "finetune")
HEAVY = ("torch", "torchvision", "timm", "transformers", "safetensors", "peft")


def imported(source: str, module: str) -> Iterator[tuple[str, int]]:
    """(absolute dotted name, line) of everything ``module`` imports, also inside functions.

    Imports for type checkers only (``if TYPE_CHECKING``) cost nothing at run time and are free.
    """
    tree = ast.parse(source)
    free = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in free:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                base = ".".join([*above, base] if base else above)
            # "from mmdemo import data" imports the module mmdemo.data
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def layer(name: str) -> str:
    """The part right below mmdemo: "data", "ui", "types" ...; "" outside."""
    parts = name.split(".")
    return parts[1] if parts[0] == "mmdemo" and len(parts) > 1 else ""


def service(name: str) -> str:
    """Which of the services a module belongs to; "" for shared modules and everything else."""
    parts = name.split(".")
    found = parts[2] if layer(name) == "services" and len(parts) > 2 else ""
    return found if found in SERVICES else ""


def violations(source: str, module: str) -> list[str]:
    """What a module imports against the rules; ``module`` is its dotted name."""
    here, found = layer(module), []
    for name, line in imported(source, module):
        top, there = name.split(".")[0], layer(name)
        reason = ""
        if top == "gradio" and here != "ui" and module != "app":
            reason = "gradio belongs to app.py and mmdemo/ui"
        elif top in HEAVY and here != "models":
            reason = f"{top} belongs to mmdemo/models"
        elif here in LEAVES and there and there not in LEAVES:
            reason = "leaves import only leaves"
        elif here in ORDER and there in ORDER and ORDER.index(there) > ORDER.index(here):
            reason = f"{here} is below {there}"
        elif here in ORDER and (there in COMMANDS or top in RUNNERS):
            reason = "what the package is run by is above it"
        elif service(module) and service(name) and service(module) != service(name):
            reason = "services do not import each other"
        if reason:
            found.append(f"{module}:{line} imports {name}: {reason}")
    return found


def sources() -> list[tuple[Path, str]]:
    files = [*PACKAGE.rglob("*.py"), *ROOT.glob("app.py")]
    named = ((f, f.relative_to(ROOT).with_suffix("").parts) for f in files)
    return [(f, ".".join(parts)) for f, parts in named]


@pytest.mark.parametrize(("path", "module"), sources(), ids=lambda value: str(value)[-40:])
def test_imports_go_one_way(path, module):
    assert violations(path.read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mmdemo.services.emotion.service", "import gradio as gr"),
        ("mmdemo.data.images", "import torch.nn.functional as F"),
        ("mmdemo.cli.emotion", "def f():\n    from torch import nn"),
        ("mmdemo.data.faces", "from mmdemo.models import classifier"),
        ("mmdemo.data.faces", "from mmdemo import services"),
        ("mmdemo.data.faces", "from ..models.classifier import Classifier"),
        ("mmdemo.models.explain", "from ..services import emotion"),
        ("mmdemo.services.emotion.service", "from ...ui import words"),
        ("mmdemo.services.emotion.service", "from ..retrieval import search"),
        ("mmdemo.services.retrieval", "from mmdemo.services import finetune"),
        ("mmdemo.types", "from mmdemo.data.images import load_image"),
        ("mmdemo.render", "from .models import explain"),
        ("mmdemo.models.fusion", "import training.train_emotion"),
        ("mmdemo.ui.emotion_tab", "from mmdemo.cli import main"),
    ],
)
def test_the_rules_catch_what_they_forbid(module, source):
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app", "import gradio\nfrom mmdemo.ui.app import build"),
        ("mmdemo.ui.emotion_tab", "import gradio\nfrom ..services.emotion.service import X"),
        ("mmdemo.models.core", "import torch\nfrom ..data import images\nfrom ..types import Face"),
        ("mmdemo.services.emotion.video", "from .export import x\nfrom ...data import video"),
        ("mmdemo.types", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch"),
        ("mmdemo.render", "from .types import Face"),
    ],
)
def test_the_rules_allow_what_the_design_says(module, source):
    assert violations(source, module) == []


def test_importing_the_package_and_its_readers_is_light():
    """No model library, detector or page is loaded before it is needed."""
    import subprocess
    import sys

    modules = [
        "mmdemo", "mmdemo.types", "mmdemo.config", "mmdemo.data.images", "mmdemo.data.faces",
        "mmdemo.data.language", "mmdemo.data.dataset",
    ]  # fmt: skip
    heavy = (*HEAVY, "gradio", "dlib", "py3langid", "moviepy", "sklearn", "pandas")
    code = (
        "import importlib, sys\n"
        f"[importlib.import_module(name) for name in {modules}]\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"

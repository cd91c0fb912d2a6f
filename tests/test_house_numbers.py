"""The house numbers of CONTRIBUTING.md, measured with ast: what tires a reader is the largest."""

import ast
from pathlib import Path

import pytest

from mmdemo.config import ROOT

FILE_LINES, FUNCTION_LINES, POSITIONAL = 300, 40, 6
SOURCES = sorted([ROOT / "app.py", *ROOT.glob("mmdemo/**/*.py"), *ROOT.glob("bench/*.py")])
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of(function: Function) -> int:
    """Lines of a function without those of its docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function):
        lines -= function.body[0].end_lineno - function.body[0].lineno + 1
    return lines


def positional(function: Function) -> int:
    """Parameters that may be given without their name, "self" left out."""
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    return len([name for name in names if name not in ("self", "cls")])


def undocumented(tree: ast.AST) -> list[str]:
    """Public functions and classes without a docstring; what is nested in a function is private."""
    missing = []
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (Function, ast.ClassDef)) or node.name.startswith("_"):
            continue
        missing += [] if ast.get_docstring(node) else [node.name]
        missing += undocumented(node) if isinstance(node, ast.ClassDef) else []
    return missing


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_file_or_function_is_too_large(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES
    for node in ast.walk(tree := ast.parse(text)):
        if isinstance(node, Function):
            assert lines_of(node) <= FUNCTION_LINES, node.name
            assert positional(node) <= POSITIONAL, node.name
    assert undocumented(tree) == []


def test_what_is_too_large_is_noticed():
    body = "".join(f"    x = {n}\n" for n in range(FUNCTION_LINES))
    (long,) = ast.parse(f'def f(self, a, b, *, c):\n    """Said."""\n{body}').body
    assert lines_of(long) == FUNCTION_LINES + 1 and positional(long) == 2
    hidden = ast.parse("class A:\n    def b(self):\n        pass\n    def _c(self):\n        pass")
    assert undocumented(hidden) == ["A", "b"]

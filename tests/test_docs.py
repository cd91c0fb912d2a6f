"""The documents say what is true: commands parse, settings and dependencies are complete."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from mmdemo.cli.main import build_parser
from mmdemo.config import HOSTED, MB, ROOT, Limits, Settings, load_settings
from tests.test_layers import imported, sources

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^python -m mmdemo (.+)$", README, re.MULTILINE)

# what a Space's front matter may hold (hub-docs, spaces-config-reference)
KEYS = {
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file"),
    *(
        "license",
        "tags",
        "models",
        "datasets",
        "short_description",
        "pinned",
        "thumbnail",
        "header",
    ),
    *("suggested_hardware", "startup_duration_timeout", "preload_from_hub", "custom_headers"),
    *("header", "fullWidth", "disable_embedding", "hf_oauth"),
}
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
HUB_FILE_BYTES = 10 * MB  # a larger file in plain git is refused by the Hub


def front_matter() -> dict[str, str]:
    """The block between the first two lines of dashes, as a Space reads it."""
    block = README.split("---\n")[1]
    return dict(line.split(": ", 1) for line in block.strip().splitlines())


def settings_rows() -> dict[str, str]:
    """Variable -> default as the README's table gives them."""
    block = re.search(r"<!-- settings -->(.*)<!-- /settings -->", README, re.DOTALL)[1]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", block, re.MULTILINE))


def hosted_rows() -> dict[str, str]:
    """Variable -> what the README's table says of a Space, where that differs."""
    block = re.search(r"<!-- settings -->(.*)<!-- /settings -->", README, re.DOTALL)[1]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|", block, re.MULTILINE)
    return {variable: shown.strip() for variable, shown in rows if shown.strip()}


def required(name: str) -> list[str]:
    """Package names of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    names = [re.match(r"[A-Za-z][\w.-]*", line) for line in lines]
    return [name[0] for name in names if name]


class TestReadme:
    @pytest.mark.parametrize("example", EXAMPLES)
    def test_every_command_is_valid(self, example):
        args = build_parser().parse_args(shlex.split(example, comments=True))
        assert callable(args.run)

    def test_shows_every_command(self):
        shown = {example.split()[0] for example in EXAMPLES}
        assert shown >= {"emotion", "predict", "evaluate"}

    def test_files_it_names_exist(self):
        linked = [*re.findall(r"\]\(([^)#]+?)\)", README), front_matter()["app_file"]]
        missing = [x for x in linked if not x.startswith("http") and not (ROOT / x).exists()]
        assert not missing

    def test_make_targets_it_names_exist(self):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
        named = set(re.findall(r"(?:^|`|\d )make ([a-z-]+)", README + CONTRIBUTING, re.MULTILINE))
        assert {"demo", "test", "check", "nightly", "bench"} <= named <= targets


class TestSpace:
    def test_front_matter_configures_a_gradio_space(self):
        space = front_matter()
        assert (space["sdk"], space["app_file"]) == ("gradio", "app.py")
        assert space["license"] == "apache-2.0"
        assert len(space["short_description"]) <= 60
        assert {space["colorFrom"], space["colorTo"]} <= COLOURS
        assert set(space) <= KEYS

    def test_its_gradio_is_one_that_requirements_allow(self):
        version = front_matter()["sdk_version"]
        line = next(x for x in _lines("requirements.txt") if x.startswith("gradio"))
        low, high = re.match(r"gradio>=([\d.]+),<([\d.]+)", line).groups()
        assert _numbers(low) <= _numbers(version) < _numbers(high)

    def test_every_file_is_small_enough_to_be_pushed(self):
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
        if listed.returncode:
            pytest.skip("this is no git checkout")
        paths = [ROOT / name for name in listed.stdout.splitlines()]
        assert not [p.name for p in paths if p.exists() and p.stat().st_size > HUB_FILE_BYTES]

    def test_its_python_is_new_enough(self):
        assert _numbers(front_matter()["python_version"].strip('"')) >= (3, 11)


class TestSettings:
    def test_the_table_is_complete(self):
        names = [f.name for f in (*fields(Settings), *fields(Limits)) if f.name != "limits"]
        assert list(settings_rows()) == [f"MMDEMO_{name.upper()}" for name in names]

    def test_its_numbers_and_names_are_the_defaults(self):
        defaults = load_settings({})
        for variable, shown in settings_rows().items():
            name = variable.removeprefix("MMDEMO_").lower()
            holder = defaults.limits if hasattr(defaults.limits, name) else defaults
            if not isinstance(value := getattr(holder, name), Path):
                assert shown == str(value), variable

    def test_what_differs_on_a_space_is_said(self):
        told = {k: int(v) for k, v in hosted_rows().items() if v.isdigit()}
        assert told == {f"MMDEMO_{name.upper()}": value for name, value in HOSTED.items()}
        assert set(hosted_rows()) - set(told) == {"MMDEMO_HOST", "MMDEMO_DATA_ROOT"}

    def test_a_variable_changes_its_setting(self):
        for variable, shown in settings_rows().items():
            if shown.isdigit():
                changed = load_settings({variable: str(int(shown) + 1)})
                assert changed != load_settings({}), variable


class TestContributing:
    @pytest.mark.parametrize("package", required("requirements.txt"))
    def test_says_why_each_dependency_is_there(self, package):
        assert re.search(rf"^\| `{re.escape(package)}` \| \w.+ \|$", CONTRIBUTING, re.MULTILINE)

    @pytest.mark.parametrize("package", required("requirements-dev.txt"))
    def test_names_each_test_tool(self, package):
        assert f"`{package}`" in CONTRIBUTING

    def test_everything_that_is_imported_is_required(self):
        known = {"PIL": "pillow", "dlib": "dlib-bin", "imageio_ffmpeg": "imageio-ffmpeg"}
        tops = {
            name.split(".")[0]
            for path, module in sources()
            for name, _ in imported(path.read_text(encoding="utf-8"), module)
        }
        others = tops - {"mmdemo", "__future__"} - sys.stdlib_module_names
        assert {known.get(name, name) for name in others} <= set(required("requirements.txt"))

    def test_explains_nothing_that_is_not_there(self):
        table = CONTRIBUTING.split("| package | why |")[1]
        explained = re.findall(r"^\| `([\w.-]+)` \|", table, re.MULTILINE)
        assert sorted(explained) == sorted(required("requirements.txt"))

    def test_fits_on_one_page(self):
        assert len(CONTRIBUTING.splitlines()) <= 80

    def test_places_it_names_exist(self):
        table = CONTRIBUTING.split("## Where things are")[1].split("## House numbers")[0]
        for place in re.findall(r"`([\w./]+(?:/|\.py))`", table):
            name = place.removeprefix("mmdemo/")
            assert (ROOT / place).exists() or (ROOT / "mmdemo" / name).exists(), place


def test_the_licence_is_apache_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "Version 2.0, January 2004" in text


def test_the_changelog_has_an_unreleased_section():
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def _lines(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

"""What all commands share: help, user errors, stdout kept clean, Ctrl-C."""

import os
import shlex
import subprocess
import sys

import pytest

from mmdemo.cli import emotion
from mmdemo.cli.console import open_console
from mmdemo.cli.main import COMMANDS, build_parser
from mmdemo.config import ROOT
from mmdemo.errors import MmdemoError


def start(*argv: str, **environ: str) -> subprocess.CompletedProcess:
    """The command line as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "mmdemo", *argv],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )


class TestHelp:
    def test_names_every_command_and_gives_examples(self, cli):
        outcome = cli("--help")
        assert outcome.code == 0
        for command in COMMANDS:
            assert command.__name__.rsplit(".", 1)[-1] in outcome.out
        assert "examples:" in outcome.out

    @pytest.mark.parametrize("command", [None, *COMMANDS], ids=lambda c: c and c.__name__)
    def test_its_examples_are_valid(self, command):
        text = command.NOTES if command else build_parser().epilog
        lines = [line.strip() for line in text.splitlines()]
        examples = [line for line in lines if line.startswith("python -m mmdemo ")]
        assert examples
        for example in examples:
            build_parser().parse_args(shlex.split(example.split(" > ")[0])[3:])

    @pytest.mark.parametrize("command", ["emotion", "predict", "evaluate"])
    def test_fits_a_terminal(self, cli, command, monkeypatch):
        monkeypatch.setenv("COLUMNS", "90")
        outcome = cli(command, "--help")
        assert outcome.code == 0
        assert max(map(len, outcome.out.splitlines())) <= 90

    def test_loads_no_model_library(self):
        code = (
            "import sys; from mmdemo.cli.main import build_parser; build_parser();"
            "print([m for m in ('torch', 'numpy', 'PIL', 'gradio', 'tqdm') if m in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.stdout.strip() == "[]", done.stderr


class TestUserErrors:
    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            (["evaluate"], "DATASET"),
            (["dance"], "dance"),
            (["emotion"], "--text, --image or --video"),
            (["emotion", "--image", "nowhere.png"], "nowhere.png"),
            (["emotion", "--text", "a", "--subtitles", "x.srt"], "--video"),
            (["emotion", "--text", "a", "--why", "joy"], "--explain"),
            (["emotion", "--text", "a", "--model", "no-such-model"], "no-such-model"),
            (["emotion", "--text", "a", "--model", "a" * 5000], "File name too long"),
            (["index", "b" * 5000, "--library", "lib"], "File name too long"),
            (["evaluate", "nowhere.zip"], "nowhere.zip"),
            (["predict", "x.csv", "--output", "."], "folder"),
            (["predict", "x.csv", "--output", "missing/out.csv"], "missing"),
            (["predict", "x.csv", "--output", "/dev/null"], "regular file"),
        ],
    )
    def test_are_one_line_and_exit_code_2(self, cli, argv, said):
        outcome = cli(*argv)
        assert outcome.code == 2
        assert outcome.out == ""
        assert outcome.err.startswith("mmdemo: ")
        assert said in outcome.err
        assert len(outcome.err.strip().splitlines()) == 1

    def test_a_bad_setting_is_named(self, cli, monkeypatch):
        monkeypatch.setenv("MMDEMO_PORT", "eighty")
        outcome = cli("emotion", "--text", "hello")
        assert (outcome.code, "MMDEMO_PORT" in outcome.err) == (2, True)


def test_ctrl_c_ends_with_130_and_one_line(cli, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(emotion, "_read_still", interrupted)
    outcome = cli("emotion", "--text", "hello")
    assert (outcome.code, outcome.err) == (130, "mmdemo: stopped\n")


def test_stdout_holds_only_the_result_even_when_libraries_print():
    script = (
        "import os, sys\n"
        "from mmdemo.cli.console import open_console\n"
        "with open_console() as console:\n"
        "    print('chatter')\n"
        "    os.write(1, b'chatter of a C library\\n')\n"
        "    console.emit_json({'ü': 1})\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=60)
    assert done.stdout.decode() == '{"ü": 1}\nafter\n'
    assert done.stderr.count(b"chatter") == 2


def test_json_refuses_what_is_not_json(capsys):
    with open_console() as console, pytest.raises(MmdemoError, match="no number"):
        console.emit_json({"ece": float("nan")})


@pytest.mark.slow
def test_a_real_process_prints_one_object(tiny_checkpoints):
    done = start(
        *("emotion", "--text", "I am so happy", "--json"),
        MMDEMO_CHECKPOINTS=str(tiny_checkpoints),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith('{"label": ')
    assert "warning" not in done.stderr.lower()


def test_a_closed_pipe_is_no_traceback():
    script = (
        "import sys; from mmdemo.cli import emotion, main\n"
        "emotion.run = lambda args, settings, console: console.emit('x' * 1_000_000)\n"
        "sys.exit(main.main(['emotion', '--text', 'hello']))\n"
    )
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(sys.executable)} -c {shlex.quote(script)} | true"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""

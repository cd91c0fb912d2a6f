"""Commands of the README run as they stand there, on files of the names they use."""

import re
import shlex

import pytest
import torch

from mmdemo.config import ROOT
from mmdemo.models.training_presets import PRESETS
from tests import media
from tests.cli.setup import write_table
from tests.models.tiny import tiny_text_folder
from tests.models.tiny_training import mood_samples, tiny_preset


def examples(command: str) -> list[list[str]]:
    """The README's commands of one kind, as words."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(rf"^python -m mmdemo ({command} .+)$", readme, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def test_emotion_of_a_sentence_and_a_picture(cli, tmp_path):
    media.drawn_face(96).save(tmp_path / "portrait.jpg")
    ran = [words for words in examples("emotion") if "--video" not in words]
    assert len(ran) >= 3
    for words in ran:
        outcome = cli(*words)
        assert outcome.code == 0, (words, outcome.err)


def test_predict_and_evaluate(cli, tmp_path):
    table = write_table(
        tmp_path / "data.csv",
        "text,label,split",
        *[["i am happy", "joy", "dev"], ["you are sad", "sadness", "dev"]],
    )
    for name in ("reviews.zip", "labelled.zip"):
        media.write_zip(tmp_path / name, {"data.csv": table.read_bytes()})
    captions = {"data.csv": b"text,image\na face,a.png\nanother,b.png\n"}
    for name, mood in (("a.png", "joy"), ("b.png", "sadness")):
        media.drawn_face(96, mood).save(tmp_path / name)
        captions[name] = (tmp_path / name).read_bytes()
    media.write_zip(tmp_path / "captions.zip", captions)
    plain = [w for w in examples("evaluate") if not {"--model", "--explanations"} & set(w)]
    ran = [*examples("predict"), *plain]
    assert len(ran) >= 2
    for words in ran:
        outcome = cli(*words)
        assert outcome.code == 0, (words, outcome.err)
    assert (tmp_path / "scored.csv").is_file()


@pytest.mark.slow
def test_training_from_python(cli, tmp_path, monkeypatch, capsys):
    torch.set_num_threads(1)
    preset = tiny_preset(tiny_text_folder(tmp_path / "tiny-text"))
    monkeypatch.setitem(PRESETS, "compact", preset)
    samples = mood_samples(tmp_path / "pictures", 30)
    rows = [[s.text, s.image.name, s.labels[0]] for s in samples]
    table = write_table(tmp_path / "data.csv", "text,image,label", *rows)
    files = {s.image.name: s.image.read_bytes() for s in samples}
    media.write_zip(tmp_path / "my-samples.zip", {"data.csv": table.read_bytes(), **files})
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.+?)```", readme, re.DOTALL)
    exec(program, {})
    told = capsys.readouterr().out
    assert "of 6 held-out samples right" in told and "'glad': " in told
    assert (tmp_path / "my-model" / "model.safetensors").is_file()

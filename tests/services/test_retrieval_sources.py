"""Which files of a folder are indexed, and which are named as left out."""

from __future__ import annotations

import numpy as np
from PIL import Image

from mmdemo.services.retrieval.sources import sources_of
from tests.services.coloured import colour_picture, indexed, service


def test_nothing_that_claims_to_be_a_picture_or_video_is_passed_over_in_silence(tmp_path):
    folder = tmp_path / "phone"
    (folder / "2024" / "夏休み").mkdir(parents=True)
    colour_picture(folder / "good.png", "red")
    (folder / "2024" / "夏休み" / "empty.MP4").touch()
    (folder / "list.mp4").write_text("#EXTM3U\nfile:///etc/passwd\n")
    (folder / "noise.jpg").write_bytes(bytes(range(255, 0, -1)) * 9)
    (folder / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))
    Image.new("RGB", (9, 9)).save(folder / "scan.tif")
    (folder / "gone.webm").symlink_to(tmp_path / "nowhere")
    for name in ("letter.pdf", "program.ts", "notes.txt", ".hidden.mp4"):
        (folder / name).write_text("const a = 1")
    job = indexed(service(), tmp_path / "library", [folder])
    said = {problem.where: problem.what for problem in job.problems}
    assert job.done == 7 and set(said) == {
        "2024/夏休み/empty.MP4", "list.mp4", "noise.jpg", "IMG_1.HEIC", "scan.tif", "gone.webm",
    }  # fmt: skip
    assert "the iPhone's own format" in said["IMG_1.HEIC"] and "TIFF" in said["scan.tif"]
    assert "noise.jpg is not a picture" in said["noise.jpg"], "not called a video"
    assert "No such file" in said["gone.webm"]


def test_a_folder_that_is_linked_into_itself_ends(tmp_path):
    colour_picture(tmp_path / "a.png", "red")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    assert [source.name for source in sources_of([tmp_path])] == ["a.png"]


def test_a_model_that_answers_with_no_numbers_is_named_and_stores_nothing(tmp_path, monkeypatch):
    own, library = service(), tmp_path / "library"
    matcher = own.matcher()
    monkeypatch.setattr(
        matcher, "encode_images", lambda images: np.full((len(images), matcher.width), np.nan)
    )
    job = indexed(own, library, [colour_picture(tmp_path / "a.png", "red")])
    assert job.state == "failed" and "answers with what is no number" in job.message
    assert own.contents(library).items == ()

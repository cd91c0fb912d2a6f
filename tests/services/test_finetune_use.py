"""A tuned model in use: results, explanations of words and regions, a new sample tried."""

import shutil

import numpy as np
import pytest
from PIL import Image

from mmdemo.errors import EmptyInputError, MediaError, MmdemoError, NoFaceError
from mmdemo.services.finetune.service import FinetuneService
from tests import media
from tests.models.tiny import tiny_checkpoint, write_tiny_matcher
from tests.services.finished_run import LABELS, finished_run, make_settings, make_workspace


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return FinetuneService(make_settings(tmp_path_factory.mktemp("use")))


@pytest.fixture(scope="module")
def workspace(service):
    return make_workspace(service.settings)


@pytest.fixture(scope="module")
def run(workspace):
    return finished_run(workspace)


def code_of(failure):
    return failure.value.code


def test_the_result_of_a_finished_run_is_there_and_of_another_is_not(service, workspace, run):
    report = service.result(workspace, run.id)
    assert report.scores["accuracy"] == 0.8
    assert [sample.row for sample in report.samples] == [3, 5, 8]
    with pytest.raises(MmdemoError) as failure:
        service.result(make_workspace(service.settings), run.id)
    assert code_of(failure) == "run_gone"


def test_words_and_regions_of_a_held_out_sample_are_explained(service, workspace, run):
    found = service.explain(workspace, run.id, 3)
    picture = service.picture(workspace, run.id, 3)
    assert found.label == "alarm"  # what it answered
    assert [(w.start, w.end) for w in found.words] == [(0, 1), (2, 4), (5, 7), (8, 13)]
    assert max(abs(word.weight) for word in found.words) == pytest.approx(1)
    assert picture.size == (512, 219)  # of 700 x 300: as large as it is shown, not squeezed
    assert found.heat.shape == (219, 512)
    assert 0 < found.heat.max() <= 1
    assert service.explain(workspace, run.id, 3, "calm").label == "calm"


def test_of_a_video_the_middle_frame_is_explained(service, workspace, run):
    picture = service.picture(workspace, run.id, 5)
    red, green, blue = np.asarray(picture).mean((0, 1))
    assert green > 150 > max(red, blue)
    assert service.explain(workspace, run.id, 5).heat.shape == (picture.height, picture.width)


def test_a_text_alone_has_words_and_no_picture(service, workspace, run):
    assert service.picture(workspace, run.id, 8) is None
    found = service.explain(workspace, run.id, 8)
    assert found.heat is None and found.words
    assert found.label == "alarm"


def test_samples_whose_dataset_was_deleted_keep_their_words(service):
    workspace = make_workspace(service.settings)
    run = finished_run(workspace)
    shutil.rmtree(workspace.folder / "datasets")
    assert service.picture(workspace, run.id, 3) is None
    assert service.explain(workspace, run.id, 3).words
    with pytest.raises(MmdemoError) as failure:
        service.explain(workspace, run.id, 5)
    assert code_of(failure) == "medium_lost"


@pytest.mark.parametrize(
    ("row", "label", "code"), [(99, None, "row_gone"), (3, "rage", "label_gone")]
)
def test_what_is_not_in_the_result_is_refused(service, workspace, run, row, label, code):
    with pytest.raises(MmdemoError) as failure:
        service.explain(workspace, run.id, row, label)
    assert code_of(failure) == code


def test_a_new_sample_is_tried_with_the_model_of_the_list(service, workspace, run, tmp_path):
    (info,) = service.models(workspace)
    assert (info.title, info.labels) == ("gate", LABELS)
    picture = tmp_path / "new.jpg"
    Image.new("RGB", (640, 360), "orange").save(picture)
    reading, why = service.try_it(workspace, info.name, "i am happy", picture)
    assert sum(reading.probabilities.values()) == pytest.approx(1)
    assert set(reading.modalities) == {"text", "face"}
    assert why.label == reading.label
    assert why.heat.shape == (288, 512)
    clip = workspace.folder / "datasets" / "1" / "files" / "clip.mp4"
    moving, why = service.try_it(workspace, "gate", "", clip)
    assert set(moving.probabilities) == set(LABELS)
    assert why.heat.shape == (64, 96)


def test_what_cannot_be_tried_says_why(service, workspace, run, tmp_path):
    with pytest.raises(EmptyInputError):
        service.try_it(workspace, "gate", "  ", None)
    (tmp_path / "fake.jpg").write_bytes(b"MZ not a picture")
    with pytest.raises(MediaError):
        service.try_it(workspace, "gate", "", tmp_path / "fake.jpg")
    for other in ("../gate", str(workspace.folder), "emotion-compact"):
        with pytest.raises(MmdemoError) as failure:
            service.try_it(workspace, other, "hello", None)
        assert code_of(failure) == "model_gone"
    with pytest.raises(MmdemoError) as failure:  # the model of somebody else
        service.try_it(
            make_workspace(service.settings), service.models(workspace)[0].name, "a", None
        )
    assert code_of(failure) == "model_gone"


def test_a_model_of_faces_lays_its_map_over_the_face(service, tmp_path):
    workspace = make_workspace(service.settings)
    tiny_checkpoint(workspace.folder / "models", "faces", face_check=1e6)
    portrait = media.portrait(tmp_path / "portrait.png")
    _, why = service.try_it(workspace, "faces", "", portrait)
    width, height = Image.open(portrait).size
    left, top, right, bottom = (round(side * 512 / max(width, height, 512)) for side in
                                media.PORTRAIT_FACE)  # fmt: skip
    assert why.heat[top:bottom, left:right].max() > 0
    assert why.heat[-10:].max() == 0  # far below the face
    with pytest.raises(NoFaceError):
        service.try_it(workspace, "faces", "", media.photo(tmp_path / "photo.png", (200, 150)))
    write_tiny_matcher(workspace.folder / "models" / "pairs")
    with pytest.raises(MmdemoError) as failure:
        service.try_it(workspace, "pairs", "a day", None)
    assert code_of(failure) == "model_matches"


def test_a_removed_model_is_gone_and_its_result_stays(service):
    workspace = make_workspace(service.settings)
    run = finished_run(workspace)
    service.remove_model(workspace, service.models(workspace)[0].name)
    assert service.models(workspace) == ()
    assert list((workspace.folder / "models").iterdir()) == []
    assert service.result(workspace, run.id).name == "gate"
    with pytest.raises(MmdemoError) as failure:
        service.explain(workspace, run.id, 3)
    assert code_of(failure) == "model_removed"

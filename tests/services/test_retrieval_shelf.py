"""What a library shows of itself: a telling picture of each item, and which model made it."""

from __future__ import annotations

import shutil
import threading

import pytest
from PIL import Image

from mmdemo.errors import LibraryError
from mmdemo.services.retrieval.service import RetrievalService
from tests.models.tiny import write_tiny_matcher
from tests.services.coloured import SIZE, colour_clip, indexed, plain, service
from tests.video_media import clip_of


def test_the_picture_of_a_video_that_fades_in_is_not_black(tmp_path):
    black = [plain("black")] * 3
    bars = Image.new("RGB", SIZE, "white")
    bars.paste("blue", (0, 0, 32, 48))
    clip_of([*black, bars, *black, *black], tmp_path / "fade.mp4", "1")
    own = service()
    indexed(own, tmp_path / "library", [tmp_path / "fade.mp4"])
    (item,) = own.contents(tmp_path / "library").items
    with Image.open(item.thumbnail) as picture:
        assert max(picture.convert("L").getextrema()) > 200


@pytest.fixture
def two_models(tmp_path):
    """A service over colours, a library with one clip, and a workspace with a tuned matcher."""
    own = service()
    tuned = write_tiny_matcher(tmp_path / "models" / "mine")
    colour_clip(tmp_path / "a.mp4", "red", "blue")
    indexed(own, tmp_path / "library", [tmp_path / "a.mp4"])
    return own, tmp_path / "library", str(tuned)


def test_a_tuned_matcher_can_be_chosen_and_vectors_are_never_mixed(two_models):
    own, library, tuned = two_models
    models = library.parent / "models"
    assert [model.name for model in own.models(models)] == ["colours", tuned]
    own.choose(library, tuned, models)
    view = own.contents(library)
    assert (view.model, view.other_model, view.items[0].state) == (tuned, True, "other_model")
    with pytest.raises(LibraryError, match='"colours"; now it is "mine"') as error:
        own.search(library, "red")
    assert error.value.code == "library_other_model" and str(library) not in str(error.value)
    # indexed again, it is found with the tuned one; the other's vectors are kept
    indexed(own, library, [library.parent / "a.mp4"])
    assert not own.contents(library).other_model and own.search(library, "red").total
    assert service().contents(library).model == tuned  # after a restart too
    own.choose(library, "colours", models)
    assert not own.contents(library).other_model
    assert not (library / "model.json").exists()


def test_only_models_of_the_workspace_can_be_chosen(two_models, tmp_path):
    own, library, tuned = two_models
    for name in (tuned, "../models/mine", "missing"):
        with pytest.raises(LibraryError, match="not here any more"):
            own.choose(library, name, tmp_path / "elsewhere")
    own.choose(library, tuned, library.parent / "models")
    shutil.rmtree(tuned)  # removed in step 4: back to the built-in one
    assert own.contents(library).model == "colours" and own.search(library, "red").total


def test_an_explicit_model_goes_before_the_choice(two_models):
    own, library, tuned = two_models
    own.choose(library, tuned, library.parent / "models")
    asked = RetrievalService(own.settings, own.core, choices=False)
    assert asked.contents(library).model == "colours"


def test_the_model_stays_while_files_are_indexed(two_models):
    own, library, tuned = two_models
    own.matcher().slow = gate = threading.Event()
    colour_clip(library.parent / "b.mp4", "green")
    own.add(library, [library.parent / "b.mp4"])
    with pytest.raises(LibraryError, match="Wait or stop that"):
        own.choose(library, tuned, library.parent / "models")
    gate.set()
    own.wait(library, 20)

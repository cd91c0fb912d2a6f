"""A library on a disk that takes nothing: what can be read is read, and what is wrong is said."""

from __future__ import annotations

import errno
import shutil

import pytest

from mmdemo.errors import LibraryError, StorageError
from tests.services.coloured import colour_picture, indexed, service

REFUSALS = [
    OSError(errno.EROFS, "Read-only file system"),
    PermissionError(errno.EACCES, "Permission denied"),
    RuntimeError("LanceError(IO): ... (os error 30)"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda error: type(error).__name__)
def test_a_folder_that_cannot_be_written_is_not_called_damaged(tmp_path, monkeypatch, refusal):
    def refuse(*args, **more):
        raise refusal

    monkeypatch.setattr("mmdemo.data.library_mark.appearing", refuse)
    with pytest.raises(LibraryError, match="cannot be written") as error:
        service().add(tmp_path / "library", [colour_picture(tmp_path / "a.png", "red")])
    assert error.value.code == "library_unwritable"


def test_a_library_that_cannot_be_written_is_searched_without_pictures(tmp_path, monkeypatch):
    own, library = service(), tmp_path / "library"
    indexed(own, library, [colour_picture(tmp_path / "a.png", "red")])
    shutil.rmtree(library / "locks")
    (library / "locks").touch()  # no lock can be taken
    monkeypatch.setattr("mmdemo.data.library._write", None)  # no file can be written
    (moment,) = own.search(library, "red", pictures=False).moments
    assert (moment.video, moment.thumbnail) == ("a.png", None)
    with pytest.raises(StorageError, match="list of files to index could not be saved"):
        service().add(library, [colour_picture(tmp_path / "b.png", "blue")])

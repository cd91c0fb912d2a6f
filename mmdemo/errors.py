"""Errors meant for users. Each message is final wording: what happened, to what, and what to do."""


class MmdemoError(Exception):
    """Base of every error whose text may be shown to a user as it stands.

    ``code`` names the sentence in ``mmdemo.ui.words`` so that the page can show it in the user's
    language; ``values`` fill its blanks. ``str(error)`` is the English sentence.
    """

    code = "error"

    def __init__(self, message: str, *, code: str = "", **values: object) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.values = values


class EmptyInputError(MmdemoError):
    """Nothing was given to read."""

    code = "empty_input"


class MediaError(MmdemoError):
    """A picture or video is broken, too large, or of a kind that is not read."""

    code = "media"


class NoFaceError(MmdemoError):
    """No face was found and there is no text to decide on instead."""

    code = "no_face"


class DatasetError(MmdemoError):
    """A dataset cannot be used at all (single bad rows are reported, not raised)."""

    code = "dataset"


class ModelNotFoundError(MmdemoError):
    """A model name, folder or zip could not be resolved or read."""

    code = "model"


class CheckpointError(MmdemoError):
    """A checkpoint folder is incomplete, damaged, or made by something else."""

    code = "checkpoint"


class StorageError(MmdemoError):
    """There is no room: the disk, or what one visitor may use of it."""

    code = "storage"


class LibraryError(MmdemoError):
    """A library folder cannot be used, or not together with this model."""

    code = "library"


class StoppedError(MmdemoError):
    """The user pressed Stop; what was finished so far is kept."""

    code = "stopped"

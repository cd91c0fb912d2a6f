"""Fetching a hub model: first what that would bring, then the files, with progress and resume.

Nothing is fetched unless a person asks for it.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from tqdm import tqdm

from ..errors import ModelNotFoundError, StoppedError, StorageError
from ..types import Progress
from .hub import INDEX, WEIGHTS, Fetched, cache_folder, fetched, repo_of
from .hub_file import BrokenFileError, fetch_file

# Weights as safetensors only, never a pickle; no code, no other frameworks' copies.
WANTED = (
    "config.json", WEIGHTS, INDEX, "model-*.safetensors", "tokenizer.json",
    "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt",
    "spiece.model", "preprocessor_config.json", "processor_config.json", "README.md",
)  # fmt: skip


class HubError(ModelNotFoundError):
    """The hub could not be reached, or does not give the model out."""

    code = "hub"


@dataclass(frozen=True)
class FetchPlan:
    """What fetching a model would bring: from where, which files, how many bytes."""

    repo: str
    revision: str
    source: str  # the page that tells about it
    licence: str
    files: tuple[tuple[str, int], ...]  # name, bytes
    missing_bytes: int  # what is not here yet

    @property
    def total_bytes(self) -> int:
        """Of all files."""
        return sum(size for _, size in self.files)


def plan_fetch(name: str, revision: str | None = None) -> FetchPlan:
    """Ask the hub what fetching a model would bring. Raises HubError."""
    repo = repo_of(name)
    with _plain_errors(repo):
        info = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=20)
    files = tuple(_wanted((s.rfilename, s.size or 0) for s in info.siblings or ()))
    names = {file for file, _ in files}
    if not {WEIGHTS, INDEX} & names or "config.json" not in names:
        raise HubError(
            f'"{repo}" has no weights that mmdemo reads (config.json and model.safetensors).',
            code="hub_no_weights", repo=repo,
        )  # fmt: skip
    root = cache_folder(repo)
    folder = root / "snapshots" / str(info.sha)
    missing = sum(size for file, size in files if not (folder / file).is_file())
    card = info.card_data
    licence = str(card.get("license") or "not stated") if card else "not stated"
    source = f"{constants.ENDPOINT}/{repo}"
    return FetchPlan(repo, str(info.sha), source, licence, files, missing)


def _wanted(siblings: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    found = [(n, s) for n, s in siblings if any(fnmatch(n, pattern) for pattern in WANTED)]
    whole = any(n == WEIGHTS for n, _ in found)
    # some repositories hold the weights whole and cut up: once is enough
    return sorted((n, s) for n, s in found if not (whole and (n == INDEX or "model-" in n)))


def fetch(
    plan: FetchPlan, progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Fetched:  # fmt: skip
    """Fetch what is missing; a broken or stopped fetch goes on where it ended when asked again.

    Raises HubError, StorageError, StoppedError.
    """
    _require_room(plan)
    meter = _Meter(plan, progress or (lambda fraction, what: None), should_stop)
    for name, size in plan.files:
        with _plain_errors(plan.repo):
            fetch_file(plan.repo, name, plan.revision, meter.bar_class(name))
        meter.finished(name, size)
    return fetched(plan.repo, plan.revision)


def _require_room(plan: FetchPlan) -> None:
    cache = Path(constants.HF_HUB_CACHE)
    existing = next((p for p in (cache, *cache.parents) if p.exists()), Path("/"))
    free = shutil.disk_usage(existing).free
    if free < plan.missing_bytes + 2**28:
        raise StorageError(
            f"{plan.repo} needs {plan.missing_bytes / 1e6:.0f} MB and the disk has "
            f"{free / 1e6:.0f} MB left. Make room and try again."
        )


class _Meter:
    """Adds the bytes of all files up and passes them on; also where Stop is noticed."""

    def __init__(
        self, plan: FetchPlan, progress: Progress, should_stop: Callable[[], bool] | None
    ) -> None:
        self.plan, self.progress = plan, progress
        self.should_stop = should_stop or (lambda: False)
        self.done: dict[str, int] = {}
        self.lock = threading.Lock()

    def report(self, name: str) -> None:
        total = max(self.plan.total_bytes, 1)
        done = min(sum(self.done.values()), total)
        self.progress(done / total, f"{name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    def finished(self, name: str, size: int) -> None:
        with self.lock:
            self.done[name] = size
        self.report(name)

    def bar_class(self, name: str) -> type[tqdm]:
        """What huggingface_hub calls its bar; draws nothing."""
        meter = self

        class Bar(tqdm):
            def __init__(self, *args, **kwargs) -> None:
                kwargs.pop("name", None)
                initial = int(kwargs.get("initial") or 0)  # what an earlier try left
                super().__init__(*args, **{**kwargs, "disable": True})
                with meter.lock:
                    meter.done[name] = initial

            def update(self, n: float | None = 1) -> bool | None:
                if meter.should_stop():
                    raise StoppedError("Fetching was stopped. It goes on from here next time.")
                with meter.lock:
                    meter.done[name] += int(n or 0)
                meter.report(name)
                return None

        return Bar


@contextlib.contextmanager
def _plain_errors(repo: str) -> Iterator[None]:
    """Turn what huggingface_hub and its HTTP client raise into one sentence."""
    try:
        yield
    except StoppedError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise StorageError(f"The disk is full; {repo} could not be kept.") from error
        found = _sentence(repo, error)
        if found is None:
            raise
        code, sentence = found
        raise HubError(sentence, code=code, repo=repo) from error


def _sentence(repo: str, error: Exception) -> tuple[str, str] | None:
    """(code, sentence) for an error of the hub; None for one that is nothing of the kind."""
    if isinstance(error, GatedRepoError):
        return "hub_gated", (
            f'"{repo}" is given out only to people who accepted its terms: accept them at '
            f"{constants.ENDPOINT}/{repo}, log in with `hf auth login`, and try again."
        )
    if isinstance(error, (RepositoryNotFoundError, HFValidationError)):
        return "hub_unknown", f'The hub has no model "{repo}", or it is private.'
    if isinstance(error, OfflineModeIsEnabled):
        return "hub_offline", (
            f'"{repo}" cannot be fetched because HF_HUB_OFFLINE is set: it forbids the network. '
            "The built-in models go on working."
        )
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        return "hub_refused", (
            f'The hub answered {error.response.status_code} for "{repo}". Try again later.'
        )
    if isinstance(error, BrokenFileError) or "Consistency check" in str(error):
        return "hub_broken", f'A file of "{repo}" arrived broken. Try again.'
    if isinstance(error, OSError) or type(error).__module__.startswith("httpx"):
        return "hub_unreachable", (
            f'"{repo}" could not be fetched: {constants.ENDPOINT} cannot be reached. Connect to a '
            "network and try again; what has arrived is kept. The built-in models go on working."
        )
    return None

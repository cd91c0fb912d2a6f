"""Weights that come from a hub, as a page asks for them: what is here, what fetching one would
bring, fetching it in the background."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from huggingface_hub import constants

from ..errors import MmdemoError, StoppedError
from ..models.hub import KNOWN, PRESETS, NotFetchedError, fetched, repo_of
from ..models.hub_fetch import HubError
from ..models.hub_process import FetchProcess

log = logging.getLogger(__name__)

HERE, ABSENT, FETCHING, STOPPED, FAILED = "here", "absent", "fetching", "stopped", "failed"


@dataclass(frozen=True)
class WeightsView:
    """A hub model as it stands: a snapshot, cheap to ask for every second."""

    name: str  # what `start` takes
    repo: str
    title: str
    licence: str
    megabytes: int  # of the weights, as known without asking; of all files once the hub told
    state: str  # here | absent | fetching | stopped | failed
    fraction: float = 0.0
    said: str = ""  # why it was stopped or failed, for the user
    error: MmdemoError | None = None
    disk_bytes: int = 0  # what it takes here, once it is here


class Weights:
    """One per process; a model is fetched once however many people ask for it."""

    def __init__(self, allowed: bool = True) -> None:
        """``allowed``: whether anything may be fetched at all."""
        self.allowed = allowed
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # one at a time: two would share one line
        self._jobs: dict[str, _Job] = {}

    @property
    def host(self) -> str:
        """Where weights come from: huggingface.co, or what HF_ENDPOINT names."""
        return urlsplit(constants.ENDPOINT).netloc

    def views(self) -> tuple[WeightsView, ...]:
        """The models that presets are made of. Asks no network."""
        return tuple(self.view(name) for name in KNOWN)

    def of_preset(self, preset: str) -> tuple[WeightsView, ...]:
        """The hub models that a preset is made of; none for a preset that needs none."""
        return tuple(self.view(name) for name in PRESETS.get(preset, ()))

    def view(self, name: str) -> WeightsView:
        """One model, by short name or owner/name. Asks no network."""
        repo = repo_of(name)
        known = next((k for k in KNOWN.values() if k.repo == repo), None)
        view = WeightsView(
            name, repo, known.title if known else repo, known.licence if known else "",
            known.megabytes if known else 0, ABSENT,
        )  # fmt: skip
        with self._lock:
            job = self._jobs.get(repo)
        if job is not None and job.is_alive():
            return job.shown(view)
        try:
            folder = fetched(name).folder
        except NotFetchedError:
            return job.shown(view) if job else view
        size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
        return replace(view, state=HERE, fraction=1.0, disk_bytes=size)

    def start(self, name: str) -> WeightsView:
        """Fetch in the background, or join who is fetching it already. HubError when this app must
        not fetch."""
        repo = repo_of(name)
        if not self.allowed:
            raise HubError(
                "Fetching from this page is turned off here; the built-in models go on working.",
                code="hub_forbidden",
            )
        with self._lock:
            job = self._jobs.get(repo)
            if job is None or not job.is_alive():
                job = self._jobs[repo] = _Job(repo, self._turn)
                job.start()
        return self.view(name)

    def stop(self, name: str) -> None:
        """Stop fetching; the next start goes on from there."""
        with self._lock:
            job = self._jobs.get(repo_of(name))
        if job is not None:
            job.process.stop()


class _Job(threading.Thread):
    """Fetches one model."""

    def __init__(self, repo: str, turn: threading.Lock) -> None:
        super().__init__(name=f"fetch {repo}", daemon=True)
        self.process = FetchProcess(repo)
        self.turn = turn
        self.state, self.fraction, self.said = FETCHING, 0.0, ""
        self.error: MmdemoError | None = None

    def run(self) -> None:
        try:
            with self.turn:
                self.process.run(self._told)
            self.state = HERE
        except StoppedError as error:
            self.state, self.said = STOPPED, str(error)
        except MmdemoError as error:
            self.state, self.said, self.error = FAILED, str(error), error
        except Exception:
            log.exception("fetching %s failed", self.process.repo)
            self.state, self.said = (
                FAILED,
                f"{self.process.repo} could not be fetched; see the log.",
            )

    def _told(self, fraction: float) -> None:
        self.fraction = fraction

    def shown(self, view: WeightsView) -> WeightsView:
        """The view with how far this is."""
        plan = self.process.plan
        return replace(
            view, state=self.state, fraction=self.fraction, said=self.said, error=self.error,
            licence=view.licence or (plan.licence if plan else ""),
            megabytes=round(plan.total_bytes / 1e6) if plan else view.megabytes,
        )  # fmt: skip

"""Weights that come from a hub, as a page asks for them: what is here, what fetching one would
bring, fetching it in the background."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace

from ..errors import MmdemoError, StoppedError
from ..models.hub import KNOWN, is_here, repo_of
from ..models.hub_fetch import FetchPlan, fetch, plan_fetch

log = logging.getLogger(__name__)

HERE, ABSENT, FETCHING, STOPPED, FAILED = "here", "absent", "fetching", "stopped", "failed"


@dataclass(frozen=True)
class WeightsView:
    """A hub model as it stands: a snapshot, cheap to ask for every second."""

    name: str  # what `start` takes
    repo: str
    title: str
    licence: str
    megabytes: int
    state: str  # here | absent | fetching | stopped | failed
    fraction: float = 0.0
    said: str = ""  # what is being done, or why it failed, for the user
    error: MmdemoError | None = None


class Weights:
    """One per process; a model is fetched once however many people ask for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}

    def views(self) -> tuple[WeightsView, ...]:
        """The models that presets are made of. Asks no network."""
        return tuple(self.view(name) for name in KNOWN)

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
        if is_here(name):
            return replace(view, state=HERE, fraction=1.0)
        return job.shown(view) if job else view

    def plan(self, name: str) -> FetchPlan:
        """Ask the hub which files fetching would bring, how large, from where. Raises HubError."""
        return plan_fetch(name)

    def start(self, name: str) -> WeightsView:
        """Fetch in the background, or join who is fetching it already."""
        repo = repo_of(name)
        with self._lock:
            job = self._jobs.get(repo)
            if job is None or not job.is_alive():
                job = self._jobs[repo] = _Job(repo)
                job.start()
        return self.view(name)

    def stop(self, name: str) -> None:
        """Stop fetching; the next start goes on from there."""
        with self._lock:
            job = self._jobs.get(repo_of(name))
        if job is not None:
            job.wanted.clear()


class _Job(threading.Thread):
    """Fetches one model."""

    def __init__(self, repo: str) -> None:
        super().__init__(name=f"fetch {repo}", daemon=True)
        self.repo = repo
        self.wanted = threading.Event()
        self.wanted.set()
        self.state, self.fraction, self.said = FETCHING, 0.0, ""
        self.error: MmdemoError | None = None

    def run(self) -> None:
        try:
            fetch(plan_fetch(self.repo), self._told, lambda: not self.wanted.is_set())
            self.state = HERE
        except StoppedError as error:
            self.state, self.said = STOPPED, str(error)
        except MmdemoError as error:
            self.state, self.said, self.error = FAILED, str(error), error
        except Exception:
            log.exception("fetching %s failed", self.repo)
            self.state, self.said = FAILED, f"{self.repo} could not be fetched; see the log."

    def _told(self, fraction: float, what: str) -> None:
        self.fraction, self.said = fraction, what

    def shown(self, view: WeightsView) -> WeightsView:
        """The view with how far this is."""
        return replace(
            view, state=self.state, fraction=self.fraction, said=self.said, error=self.error
        )

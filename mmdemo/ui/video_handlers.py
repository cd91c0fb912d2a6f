"""What the buttons of the video side do: take a view, ask the service, give the next view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MmdemoError
from ..types import Note
from .guard import attempt
from .jobs import Job, Jobs
from .served import fresh_path, tame_name
from .views import VideoAsk, VideoView
from .words import say

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


class VideoHandlers:
    """Plain functions from view to view; no Gradio in here."""

    def __init__(self, service: EmotionService, folder: Path) -> None:
        self.service = service
        self.folder = folder  # served to the browser: copies and exports go here
        self.jobs = Jobs()

    def read(self, view: VideoView, ask: VideoAsk) -> Iterator[VideoView]:
        """Progress first, then the curve or the error; an earlier result stays on an error."""
        if ask.path is None:
            yield replace(view, error=Note("no_video", say("error.no_video", "en")))
            return
        loading = self.service.status().state == "loading"
        doing = "out.waiting_model" if loading else "video.working"
        job = self.jobs.start(lambda *watch: self._read(ask, *watch))
        for step in job.watch():
            yield replace(view, error=None, working=doing, step=step)
        yield from self._finish(view, ask, job)

    def _read(self, ask: VideoAsk, progress, should_stop):
        return self.service.read_video(
            ask.path, text=ask.text, subtitles=ask.subtitles, model=ask.model,
            progress=progress, should_stop=should_stop,
        )  # fmt: skip

    def _finish(self, view: VideoView, ask: VideoAsk, job: Job) -> Iterator[VideoView]:
        """The result of ``job``; a video that browsers do not play gets a copy that they do."""
        done = attempt(
            lambda: VideoView(path=ask.path, reading=job.future.result()),
            lambda note: replace(view, error=note),
        )
        if done.error is not None:
            yield done
            return
        out = fresh_path(self.folder, "played.mp4")
        copying = self.jobs.start(
            lambda progress, stop: self.service.browser_copy(ask.path, out, progress, stop)
        )
        for step in copying.watch():
            yield replace(view, error=None, working="video.preparing", step=step)
        yield replace(done, playable=_or_none(copying))

    def stop(self, view: VideoView) -> None:
        """Stop what runs for this view; what was read so far is kept."""
        if view.step is not None:
            self.jobs.stop(view.step.job)

    def write_csv(self, view: VideoView) -> VideoView:
        """The curve as a file to download."""
        if view.reading is None:
            return view
        out = fresh_path(self.folder, tame_name(view.path.name, "curve.csv"))
        return attempt(
            lambda: replace(view, csv=self.service.export_csv(view.reading, out), fresh="csv"),
            lambda note: replace(view, error=note),
        )

    def write_video(self, view: VideoView) -> Iterator[VideoView]:
        """The video with the emotion drawn in, as a file to download."""
        if view.reading is None or view.path is None:
            yield view
            return
        out = fresh_path(self.folder, tame_name(view.path.name, "emotion.mp4"))
        job = self.jobs.start(
            lambda *watch: self.service.export_video(view.path, view.reading, out, *watch)
        )
        for step in job.watch():
            yield replace(view, error=None, exporting=True, step=step, fresh="")
        yield attempt(
            lambda: replace(view, video=job.future.result(), fresh="video"),
            lambda note: replace(view, error=note),
        )


def _or_none(job: Job) -> Path | None:
    """The copy, or None when it was stopped or failed: the curve is shown without a player."""
    try:
        return job.future.result()
    except MmdemoError:
        return None

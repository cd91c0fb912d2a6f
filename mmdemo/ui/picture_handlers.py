"""What the buttons of the picture side do: take a view, ask the service, give the next view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..types import EmotionResult
from .guard import attempt
from .views import Change, PictureView, Pinned, cell_box, shrink

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


def show_result(view: PictureView, result: EmotionResult, model: str | None) -> PictureView:
    """The view with a new answer in place of the old; a pinned answer stays."""
    faces = tuple(replace(face, crop=shrink(face.crop)) for face in result.faces)
    return PictureView(
        text=result.text,
        faces=faces,
        readings=result.readings,
        notes=result.notes,
        model=model,
        pinned=view.pinned,
    )


class PictureHandlers:
    """Plain functions from view to view; no Gradio in here."""

    def __init__(self, service: EmotionService) -> None:
        self.service = service

    def read(
        self, view: PictureView, text: str, picture: str | None, model: str | None
    ) -> Iterator[PictureView]:
        """First what is being done, then the answer or the error."""
        waiting = self.service.status().state == "loading"
        yield replace(view, error=None, working="out.waiting_model" if waiting else "out.working")
        path = Path(picture) if picture else None
        yield attempt(
            lambda: show_result(view, self.service.read(text or "", path, model), model),
            lambda note: replace(view, error=note),
        )

    def explain(self, view: PictureView, label: str | None = None) -> PictureView:
        """The view with the explanation of ``label``, by default of the answer."""
        if view.reading is None or view.error is not None:
            return view
        return attempt(
            lambda: replace(
                view,
                change=None,
                explanation=self.service.explain(view.text, view.crop, label, view.model),
            ),
            lambda note: replace(view, error=note),
        )

    def pick_face(self, view: PictureView, number: int) -> PictureView:
        """Another face of the picture."""
        if not 0 <= number < len(view.faces):
            return view
        return replace(view, picked=number, explanation=None, change=None)

    def without_word(self, view: PictureView, number: int) -> PictureView:
        """What is read when one word is left out."""
        if view.explanation is None or not 0 <= number < len(view.explanation.words):
            return view
        word = view.explanation.words[number]
        rest = (view.text[: word.start] + view.text[word.end :]).strip()
        if not rest and view.crop is None:
            return replace(view, change=Change(None, word=number))
        ask = {"remove": (word.start, word.end), "model": view.model}
        return attempt(
            lambda: replace(
                view,
                change=Change(self.service.what_if(view.text, view.crop, **ask), word=number),
            ),
            lambda note: replace(view, error=note),
        )

    def without_region(self, view: PictureView, row: int, column: int) -> PictureView:
        """What is read when one part of the face is hidden."""
        if view.crop is None:
            return view
        box = cell_box((row, column), view.crop.size)
        return attempt(
            lambda: replace(
                view,
                change=Change(
                    self.service.what_if(view.text, view.crop, hide=box, model=view.model),
                    cell=(row, column),
                ),
            ),
            lambda note: replace(view, error=note),
        )

    def pin(self, view: PictureView) -> PictureView:
        """Keep the present answer for comparison."""
        if view.reading is None:
            return view
        return replace(view, pinned=Pinned(view.text, view.crop, view.reading, view.guess))

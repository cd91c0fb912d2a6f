"""A gr.Image that hands over the uploaded file unread."""

from __future__ import annotations

import gradio as gr


class PictureInput(gr.Image):
    """Gradio opens every upload with all of Pillow's decoders before a handler runs, and a broken
    file then ends in a toast without a reason. Here ``data.images`` alone reads it, under limits.
    """

    is_template = True  # it looks like gr.Image in the browser

    def preprocess(self, payload: gr.FileData | None) -> str | None:
        """The path of the upload; Gradio has checked that it is one."""
        return payload.path if payload is not None else None

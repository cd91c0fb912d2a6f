"""Serves the page over the fake service, to look at it: python -m tests.ui.serve PORT [SECONDS]"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

from mmdemo.config import Settings
from mmdemo.ui.app import build_app
from mmdemo.ui.launch import prepare_folder, serve
from tests.ui.conftest import fake_services
from tests.ui.fake import FakeEmotionService


def main() -> None:
    """Serve until Ctrl+C."""
    settings = Settings(port=int(sys.argv[1]), data_root=Path(tempfile.mkdtemp()) / "data")
    prepare_folder(settings)
    service = FakeEmotionService(settings, loading_s=float(sys.argv[2]) if sys.argv[2:] else 0)
    page = build_app(fake_services(settings, service)).queue(max_size=32, api_open=False)
    print(serve(page, settings), flush=True)
    page.block_thread()


if __name__ == "__main__":
    main()

"""The app: settings, services, page, launch. `python app.py`, and the entry point on Spaces."""

import os
import sys

# all are read once, when gradio and huggingface_hub are imported
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# else Gradio sums up its last 10,000 events anew after each one: 60 ms, more than an answer takes
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "100")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from mmdemo.models import zero_gpu  # isort: skip - on ZeroGPU, "spaces" must come before torch

from mmdemo.config import Settings
from mmdemo.data.workspaces import Workspaces
from mmdemo.errors import MmdemoError
from mmdemo.models.core import Core
from mmdemo.services.emotion.service import EmotionService
from mmdemo.services.finetune.service import FinetuneService
from mmdemo.services.model_shelf import ModelShelf
from mmdemo.services.retrieval.service import RetrievalService
from mmdemo.services.weights import Weights
from mmdemo.ui.app import build_app
from mmdemo.ui.launch import serve
from mmdemo.ui.malloc import limit_arenas
from mmdemo.ui.page import Services
from mmdemo.ui.ready import ready_settings
from mmdemo.ui.upkeep import Upkeep, chores


def build_services(settings: Settings) -> Services:
    """All services over one core, so that base encoders are in memory once."""
    core = Core.of(settings)
    workspaces = Workspaces(
        settings.data_root / "workspaces", settings.workspace_bytes, settings.free_bytes
    )
    return Services(
        settings,
        emotion=EmotionService(settings, core),
        retrieval=RetrievalService(settings, core),
        finetune=FinetuneService(settings, core),
        workspaces=workspaces,
        shelf=ModelShelf(settings, core),
        weights=Weights(allowed=bool(settings.fetch_weights)),
    )


def main() -> None:
    """Serve the page; the models load in the background."""
    limit_arenas()
    try:
        settings = ready_settings()
    except MmdemoError as error:
        print(f"mmdemo: {error}", file=sys.stderr)
        sys.exit(2)
    services = build_services(settings)
    services.emotion.start_loading()
    services.retrieval.start_loading()
    services.finetune.start_queue()
    zero_gpu.register()
    upkeep = Upkeep(chores(settings, services.workspaces)).start()
    page = build_app(services).queue(max_size=32, default_concurrency_limit=4, api_open=False)
    print(f"mmdemo is served at {serve(page, settings)}  (stop it with Ctrl+C)", flush=True)
    try:
        page.block_thread()
    finally:
        upkeep.stop()
        services.finetune.close()


if __name__ == "__main__":
    main()

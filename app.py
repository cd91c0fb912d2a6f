"""The app: settings, service, page, launch. `python app.py`, and the entry point on Spaces."""

import os

# both are read once, when gradio and huggingface_hub are imported
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from mmdemo.config import load_settings
from mmdemo.services.emotion.service import EmotionService
from mmdemo.ui.app import build_app
from mmdemo.ui.launch import launch_options, prepare_folder
from mmdemo.ui.page import Services


def main() -> None:
    """Serve the page; the model loads in the background."""
    settings = load_settings()
    prepare_folder(settings)
    services = Services(settings, emotion=EmotionService(settings))
    services.emotion.start_loading()
    page = build_app(services).queue(max_size=32, default_concurrency_limit=4, api_open=False)
    options = launch_options(settings)
    _, url, _ = page.launch(prevent_thread_lock=True, **options)
    print(f"mmdemo is served at {url}  (stop it with Ctrl+C)", flush=True)
    page.block_thread()


if __name__ == "__main__":
    main()

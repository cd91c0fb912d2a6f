"""mmdemo: emotion recognition, video-text retrieval and fine-tuning over one multimodal core.

Importing the package loads no model and no heavy library; see ``mmdemo.models`` for the core.
"""

__version__ = "0.1.0"

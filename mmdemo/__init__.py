"""mmdemo: emotion recognition, video-text retrieval and fine-tuning over one multimodal core.

Importing the package loads no model and no heavy library; see ``mmdemo.models`` for the core.
"""

import os

# Threads of a model that wait for each other in a loop fight with whatever else runs: an answer
# beside a training took ten times as long. OpenMP reads this when torch is imported, OpenBLAS the
# other when numpy is: fitting a head on two threads took twice the time of one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"

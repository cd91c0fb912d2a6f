"""The scripts that made ``checkpoints/``; runnable again by anyone with the data."""

import mmdemo  # noqa: F401 - says how threads wait, which must come before torch

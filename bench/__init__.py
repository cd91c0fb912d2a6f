"""Speed and memory, as ratios measured in one run: ``python -m bench`` or ``make bench``."""

import mmdemo  # noqa: F401 - says how threads wait, which must come before torch

"""``python -m mmdemo``: the command line."""

import sys

from mmdemo.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

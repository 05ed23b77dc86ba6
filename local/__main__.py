"""Lets `python -m local` be the command line."""

import sys

from local.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Lets `python -m local` be the command line."""

import sys

try:
    from local.cli import INTERRUPTED, main
except KeyboardInterrupt:
    # Loading takes a second or two, and Ctrl-C in it is no fault to be traced.
    sys.exit(130)

if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)

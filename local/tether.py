"""Runs a command that the kernel ends when its parent dies, so that kill -9 of the stack leaves no orphan.

Used as `python tether.py SIGNAL PARENT_PID COMMAND...`. A file of its own, run by path and without site packages,
because it stands before every child of the stack: it must start in milliseconds, also for an account that can read
nothing else here.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to `PARENT_PID` (Linux only; elsewhere just run), then become the command."""
    signal_number, parent, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        # The parent may have died before the call above took hold.
        if os.getppid() != parent:
            sys.exit(0)
    os.execvp(command[0], command)  # noqa: S606  no shell is wanted: the command is the stack's own


if __name__ == "__main__":
    main(sys.argv[1:])

"""Starts, recognises and ends the stack's child processes, and never anybody else's."""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")
POLL_S = 0.02
LINUX = platform.system() == "Linux"


@dataclass(frozen=True, slots=True)
class Mark:
    """A process as the kernel knows it: the pid alone is reused, pid and start time together are not."""

    pid: int
    started: str


def tethered(command: Sequence[str | Path], on_parent_death: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command, wrapped so that it gets the signal when this process dies."""
    parts = [str(part) for part in command]
    return [sys.executable, "-I", "-S", str(TETHER), str(int(on_parent_death)), str(os.getpid()), *parts]


def mark_of(pid: int) -> Mark | None:
    """The living process `pid`, or None. A zombie counts as dead."""
    if LINUX:
        return _mark_from_proc(pid)
    return _mark_from_ps(pid)


def _mark_from_proc(pid: int) -> Mark | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name in parentheses may itself hold spaces and parentheses; after it: state is field 0, start time field 19.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else Mark(pid, fields[19])


def _mark_from_ps(pid: int) -> Mark | None:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else Mark(pid, started.strip())


def command_of(pid: int) -> str:
    """The command line of `pid` with single spaces, empty when it is gone."""
    if LINUX:
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        return ""
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=5).stdout.strip()


def alive(mark: Mark) -> bool:
    """Whether this very process still runs."""
    return mark_of(mark.pid) == mark


def end(mark: Mark, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn and wait its seconds; True once the process is gone."""
    for number, seconds in signals:
        if not alive(mark):
            return True
        with suppress(ProcessLookupError):
            os.kill(mark.pid, number)
            # A stopped process takes no other signal.
            os.kill(mark.pid, signal.SIGCONT)
        if wait_until_gone(mark, seconds):
            return True
    return not alive(mark)


def wait_until_gone(mark: Mark, seconds: float) -> bool:
    """Wait at most `seconds` for the process to end."""
    deadline = time.monotonic() + seconds
    while alive(mark):
        if time.monotonic() > deadline:
            return False
        _reap(mark.pid)
        time.sleep(POLL_S)
    return True


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)

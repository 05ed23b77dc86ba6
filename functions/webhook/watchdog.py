"""Ends a wait that nothing else ends: what is frozen keeps its sockets open, and no timeout of its own fires."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

# The clean-up after the first bark may wait for the same frozen peer.
AGAIN_AFTER_S = 0.2


@contextmanager
def watchdog(seconds: float, error: type[Exception]) -> Iterator[None]:
    """Raises `error` in what is still running after `seconds`; in the main thread only, as Lambda runs handlers there
    and signals reach no other."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def bark(_number: int, _frame: FrameType | None) -> NoReturn:
        raise error("no answer in time")

    handler = signal.signal(signal.SIGALRM, bark)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_AFTER_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)

"""Ends a wait that nothing else ends: a frozen database keeps its sockets open, and no timeout of its own fires."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from psycopg import OperationalError

# The clean-up after the first bark may wait for the same frozen database.
AGAIN_AFTER_S = 0.2


@contextmanager
def watchdog(seconds: float) -> Iterator[None]:
    """Raises psycopg's OperationalError in what is still running after `seconds`; in the main thread only, as Lambda
    runs handlers there and signals reach no other."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGALRM, _bark)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_AFTER_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)


def _bark(_number: int, _frame: FrameType | None) -> NoReturn:
    raise OperationalError("the database did not answer in time")

"""Dies at a named point of an action, so that tests see what a killed process leaves behind; on a laptop only."""

import os
import signal
from collections import Counter

_reached: Counter[str] = Counter()


def reach(point: str, action: str) -> None:
    """Die here where SAMBUNG_FAILPOINT is `point:action`, or at the n-th time where it is `point:action:n`.

    Nothing on any stage but `local`.
    """
    wanted = os.environ.get("SAMBUNG_FAILPOINT")
    if not wanted or os.environ.get("SAMBUNG_STAGE") != "local":
        return
    here = f"{point}:{action}"
    _reached[here] += 1
    if wanted in {here, f"{here}:{_reached[here]}"}:
        os.kill(os.getpid(), signal.SIGKILL)

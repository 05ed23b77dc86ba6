"""Dies at a named point of an action, so that tests see what a killed process leaves behind; on a laptop only."""

import os
import signal


def reach(point: str, action: str) -> None:
    """Die here where SAMBUNG_FAILPOINT is `point:action`; nothing on any stage but `local`."""
    if os.environ.get("SAMBUNG_FAILPOINT") == f"{point}:{action}" and os.environ.get("SAMBUNG_STAGE") == "local":
        os.kill(os.getpid(), signal.SIGKILL)

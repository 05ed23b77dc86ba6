"""Sends messages with the real handler, each in a process of its own that a test can kill.

Reads a JSON list of `{"event", "failpoint"}` on standard input, answers a JSON list of `{"signal", "status"}`.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from tests.integration.operations.worker import run_all


def main() -> None:
    """Serve one list."""
    import sambung.gateways.http  # the handler imports it late, and each fork would again
    from manage_instance import delivering, handler
    from tests.calling import FakeContext

    handler._app()
    assert sambung.gateways.http
    # Processes that all start at once are slow, and no server hangs for that.
    delivering.HEAD_START_S = delivering.SEARCH_WITHIN_S = 15.0

    def serve(job: Mapping[str, Any]) -> int:
        os.environ["SAMBUNG_FAILPOINT"] = job["failpoint"] or ""
        answer = handler.lambda_handler(job["event"], FakeContext())  # type: ignore[arg-type]
        return int(answer["statusCode"])

    json.dump(run_all(json.load(sys.stdin), serve), sys.stdout)


if __name__ == "__main__":
    main()

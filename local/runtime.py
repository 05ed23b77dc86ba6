"""The loop inside a worker: AWS's own runtime interface client, or the same in short where that has no build (macOS).

Used as `python -P runtime.py HANDLER`, with the Runtime API's address in AWS_LAMBDA_RUNTIME_API.
"""

import http.client
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message

PREFIX = "/2018-06-01/runtime"
Handler = Callable[[object, "Context"], object]


@dataclass(frozen=True, slots=True)
class Context:
    """Lambda's context object."""

    aws_request_id: str
    invoked_function_arn: str
    deadline_ms: int
    function_name: str
    memory_limit_in_mb: str
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this."""
        return max(0, self.deadline_ms - int(time.time() * 1000))


def main(handler: str) -> None:
    """Run the handler for ever."""
    try:
        from awslambdaric import __main__ as aws
    except ImportError:
        run_short(handler, os.environ["AWS_LAMBDA_RUNTIME_API"])
    else:
        aws.main(["awslambdaric", handler])


def run_short(handler: str, address: str) -> None:
    """Ask for events and answer them, until the Runtime API is gone."""
    try:
        module, _, name = handler.rpartition(".")
        function: Handler = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001  Lambda reports whatever an import raises
        _call(address, "POST", "/init/error", _error(error))
        sys.exit(1)
    while True:
        headers, event = _call(address, "GET", "/invocation/next")
        _answer(function, address, headers, event)


def _answer(function: Handler, address: str, headers: Mapping[str, str] | Message, event: bytes) -> None:
    context = Context(
        aws_request_id=str(headers["Lambda-Runtime-Aws-Request-Id"]),
        invoked_function_arn=str(headers["Lambda-Runtime-Invoked-Function-Arn"]),
        deadline_ms=int(str(headers["Lambda-Runtime-Deadline-Ms"])),
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    )
    path = f"/invocation/{context.aws_request_id}"
    try:
        result = json.dumps(function(json.loads(event), context)).encode()
    except Exception as error:  # noqa: BLE001  Lambda reports whatever a handler raises
        traceback.print_exc()
        _call(address, "POST", f"{path}/error", _error(error))
    else:
        _call(address, "POST", f"{path}/response", result)


def _error(error: Exception) -> bytes:
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()


def _call(address: str, method: str, path: str, body: bytes | None = None) -> tuple[Message, bytes]:
    connection = http.client.HTTPConnection(address)
    connection.request(method, PREFIX + path, body)
    response = connection.getresponse()
    return response.headers, response.read()


if __name__ == "__main__":
    main(sys.argv[1])

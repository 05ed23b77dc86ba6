"""Calls a function in process as HTTP API would: the real event, the real handler edge, no socket of ours."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.events import Identity, Request, http_event
from local.routes import Match
from local.template import Route


@dataclass
class FakeContext:
    """What Lambda tells a handler of its invocation."""

    remaining_ms: int = 29_000
    function_name: str = "test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-southeast-3:000000000000:function:test"
    aws_request_id: str = "test-request"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Reply:
    """A function's answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Api:
    """Requests to one handler under one identity."""

    def __init__(self, handler: Callable[[Any, Any], dict[str, Any]], groups: str | None = "[admin]") -> None:
        self._handler = handler
        self._groups = groups

    def as_(self, groups: str | None) -> "Api":
        """The same handler for somebody else; None has no token."""
        return Api(self._handler, groups)

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """One request; `path` may carry a query."""
        location, _, query = path.partition("?")
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", "host": "127.0.0.1", "accept-language": "en", **(headers or {})}
        request = Request(method, location, query, list(sent.items()), content, "127.0.0.1")
        identity = None
        if self._groups is not None:
            identity = Identity({"cognito:groups": self._groups, "cognito:username": "ani"}, None)
        match = Match(Route(method, location, "test", authorized=True), {})
        event = http_event(request, match, identity, str(uuid4()), datetime.now(UTC))
        answer = self._handler(event, FakeContext())
        return Reply(
            answer["statusCode"], {k.lower(): v for k, v in answer.get("headers", {}).items()}, answer.get("body") or ""
        )

    def get(self, path: str, **more: Any) -> Reply:
        return self("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> Reply:
        return self("POST", path, body, **more)

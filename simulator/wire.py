"""What goes over HTTP, apart from any web framework, so that each generation's routes read as plain functions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

Json: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | None"
Body: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True)
class Call:
    """A request: `path` are its percent-decoded segments, `body` is {} where the real server would see none."""

    method: str
    target: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    key: str | None
    body: Body = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The instance meant: the query wins over the path, as the real server merges them."""
        return self.query.get("instanceName") or self.path[2]


@dataclass(frozen=True)
class Reply:
    """A response; `text` replaces the JSON body where the real server sends none."""

    status: int
    body: Json = None
    text: str | None = None


class Refusal(Exception):
    """An answer other than success; `message` is a string, a list, or a list of lists, as recorded."""

    def __init__(self, status: int, message: Json, error: str | None = None) -> None:
        self.reply = Reply(
            status,
            {"status": status, "error": error or HTTPStatus(status).phrase, "response": {"message": message}},
        )


async def read(request: web.Request) -> Call:
    """Take a request apart.

    Raises:
        Refusal: 400, when the body claims to be JSON and is not.
    """
    return Call(
        method=request.method,
        target=request.path_qs,
        path=tuple(unquote(part) for part in request.rel_url.raw_path.strip("/").split("/")),
        query=dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)),
        key=request.headers.get("apikey"),
        body=await _body(request),
    )


async def _body(request: web.Request) -> Body:
    raw = await request.read()
    if not raw or request.content_type != "application/json":
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refusal(400, "Unexpected end of JSON input", "Internal Server Error") from None
    return body if isinstance(body, dict) else {}

"""Unchanged answers are not sent again: a page asks every few seconds."""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import BaseModel

Body = TypeVar("Body", bound=BaseModel)


class Unchanged(Exception):
    """The caller has the answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


def answer_unchanged(app: APIGatewayHttpResolver) -> None:
    """Let `Unchanged` leave as 304."""
    app.exception_handler(Unchanged)(lambda unchanged: Response(status_code=304, headers=unchanged.headers))


def unless_known(body: Body, if_none_match: str | None, *, ages: Mapping[str, Any] | None = None) -> Response[Body]:
    """The answer with its ETag; raises Unchanged where the caller has it.

    `ages`: fields, in pydantic's form, that only tell how long ago something was: they grow without being news, so the
    tag, then a weak one, leaves them out.
    """
    content = body.model_dump_json(exclude=dict(ages) if ages else None)
    tag = '"' + hashlib.sha256(content.encode()).hexdigest()[:32] + '"'
    headers = {"ETag": f"W/{tag}" if ages else tag, "Cache-Control": "private, no-cache"}
    if tag in {t.strip().removeprefix("W/") for t in (if_none_match or "").split(",")}:
        raise Unchanged(headers)
    return Response(status_code=200, content_type="application/json", body=body, headers={**headers})

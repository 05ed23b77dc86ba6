"""Unchanged lists are not sent again: a page asks every few seconds."""

import hashlib

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from manage_instance.models import InstancePage


class Unchanged(Exception):
    """The caller has the list already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


def answer_unchanged(app: APIGatewayHttpResolver) -> None:
    """Let `Unchanged` leave as 304."""
    app.exception_handler(Unchanged)(lambda unchanged: Response(status_code=304, headers=unchanged.headers))


def page_unless_known(page: InstancePage, if_none_match: str | None) -> Response[InstancePage]:
    """The page with its ETag; raises Unchanged where the caller has it."""
    tag = '"' + hashlib.sha256(page.model_dump_json().encode()).hexdigest()[:32] + '"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in {t.strip().removeprefix("W/") for t in (if_none_match or "").split(",")}:
        raise Unchanged(headers)
    return Response(status_code=200, content_type="application/json", body=page, headers={**headers})

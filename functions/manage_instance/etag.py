"""Unchanged lists are not sent again: a page asks every few seconds."""

import hashlib

from aws_lambda_powertools.event_handler import Response

from manage_instance.models import InstancePage


def page_or_unchanged(page: InstancePage, if_none_match: str | None) -> Response[InstancePage]:
    """The page with its ETag, or 304 where the caller has it already."""
    tag = '"' + hashlib.sha256(page.model_dump_json().encode()).hexdigest()[:32] + '"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {t.strip().removeprefix("W/") for t in (if_none_match or "").split(",")}
    if tag in known:
        # Not JSON, so that Powertools does not look for the page that is left out.
        return Response(status_code=304, content_type="text/plain", headers=headers)
    return Response(status_code=200, content_type="application/json", body=page, headers=headers)

"""Cursors: where a list goes on, opaque to callers and checked when they come back."""

import base64
import binascii
import json
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from sambung.domain.errors import Code, FieldError, RequestError

Limit = Annotated[int, Query(ge=1, le=500)]


def encode(name: str, last_id: UUID) -> str:
    """The cursor after an item of this name and id."""
    return base64.urlsafe_b64encode(json.dumps([name, str(last_id)]).encode()).decode()


def decode(cursor: str | None) -> tuple[str, UUID] | None:
    """The name and id to go on after; raises `invalid_request`."""
    if not cursor:
        return None
    try:
        name, last_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return str(name).replace("\x00", ""), UUID(last_id)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise RequestError(
            Code.INVALID_REQUEST, errors=[FieldError("cursor", "is not one of ours: start again without it")]
        ) from error

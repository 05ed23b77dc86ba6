"""Bodies of operations on many instances, as docs/openapi.json publishes them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from manage_instance.models import Asked


class PreviewAsked(Asked):
    """Whose instances: one client's, or all."""

    client_id: UUID | None = None


class Previewed(BaseModel):
    """One instance that would be deleted. `webhook_host`: somebody else's system gets its events, so it would stay."""

    id: UUID
    instance_name: str
    label: str | None
    phone_number: str | None
    status: str
    client_id: UUID
    server_id: UUID | None
    server_name: str | None
    webhook_host: str | None


class Preview(BaseModel):
    """What would be deleted, and the token that says so: for whom it was made, until `expires_at`, once."""

    count: int
    instances: list[Previewed]
    confirm_token: str
    expires_at: datetime


class DeleteAllAsked(Asked):
    """The token of a preview, and the count as somebody typed it."""

    confirm_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    confirm_count: Annotated[int, Field(ge=0, le=1_000_000)]

"""The bodies of alerts and their channels, as docs/openapi.json publishes them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
ChannelUrl = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Severity = Literal["warning", "critical"]
AlertState = Literal["open", "acknowledged", "resolved"]


class Asked(BaseModel):
    """A request's body: a field nobody knows is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


class AlertShown(BaseModel):
    """One episode. `rule` is what it is about, `subject` tells two of a rule apart (an id, a queue or `stage`).

    `title` and `detail` are in the reader's language; `action` is the next step. `instance_count` is of a server that
    is down. `told_at`: when the channels were told; None while they are spared, the same being told shortly before.
    """

    id: UUID
    rule: str
    subject: str
    severity: Severity
    state: AlertState
    side: str | None
    action: str | None
    title: str
    detail: str
    server_id: UUID | None
    instance_id: UUID | None
    instance_count: int | None
    params: dict[str, str]
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    told_at: datetime | None
    resolved_at: datetime | None


class AlertPage(BaseModel):
    """Alerts, the latest first; how many there are that are not resolved: `open` and `acknowledged`."""

    items: list[AlertShown]
    next_cursor: str | None
    open: int
    acknowledged: int


class ChannelAsked(Asked):
    """One channel. `url` is Apprise's form; with the `id` of a saved one it may be left out and stays as it is.

    What is milder than `least_severity` is not sent there.
    """

    id: UUID | None = None
    name: Name
    url: ChannelUrl | None = None
    language: Literal["id", "en"] = "id"
    least_severity: Severity = "warning"
    enabled: bool = True


class ChannelsAsked(Asked):
    """All channels there shall be, in order; the others go."""

    items: Annotated[list[ChannelAsked], Field(max_length=20)]


class ChannelShown(BaseModel):
    """A channel without its secret: `target` is the scheme and nothing else.

    `last_failure` is why the last try failed, None where it did not: url, refused, timeout, rejected, unreadable or
    http_STATUS; `last_failure_reason` says it in the reader's language.
    """

    id: UUID
    name: str
    scheme: str
    target: str
    language: Literal["id", "en"]
    least_severity: Severity
    enabled: bool
    last_sent_at: datetime | None
    last_failed_at: datetime | None
    last_failure: str | None
    last_failure_reason: str | None


class Channels(BaseModel):
    """Every channel, in order."""

    items: list[ChannelShown]


class ChannelTest(Asked):
    """Which channel to test: a saved one by its id, or a URL before it is saved."""

    id: UUID | None = None
    url: ChannelUrl | None = None
    language: Literal["id", "en"] | None = None


class ChannelTested(BaseModel):
    """The channel took the test message within this time."""

    ok: Literal[True] = True
    duration_ms: int

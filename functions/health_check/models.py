"""The health check's bodies, as docs/openapi.json publishes them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class CheckAsked(BaseModel):
    """Which server to look at; without one, all."""

    model_config = ConfigDict(extra="forbid")

    server_id: UUID | None = None


class ServerHealth(BaseModel):
    """One server when it was last looked at; None where it never was.

    `reason` (title and detail) is for people, `code` and `cause` are for programs: None where all is well.
    `latencies_ms` are those of the last hour, oldest first, None where it did not answer.
    """

    server_id: UUID
    name: str
    enabled: bool
    evolution_reachable: bool | None
    fetch_instances_ok: bool | None
    key_accepted: bool | None
    version: str | None
    latency_ms: int | None
    latencies_ms: list[int | None]
    failures_in_row: int
    unreachable_since: datetime | None
    last_event_at: datetime | None
    checked_at: datetime | None
    code: str | None
    cause: str | None
    title: str | None
    detail: str | None
    action: str | None
    side: str | None
    reason: str | None


class InstanceHealth(BaseModel):
    """One instance. `webhook_find_ok`: the server said what webhook is set; None where it was never asked.

    `qr_readiness`: ready, qr_not_ready, qr_expired, qr_limit_reached, stuck_connecting, connected, or none where nobody
    pairs. `view` is the label of the lists. `last_event_age_s` is as of this answer. `reason` and `detail`:
    what is wrong and why, None where nothing is.
    """

    instance_id: UUID
    instance_name: str
    server_id: UUID | None
    webhook_find_ok: bool | None
    webhook_state: str
    webhook_proven: bool
    webhook_policy: str
    webhook_checked_at: datetime | None
    last_webhook_event_at: datetime | None
    last_event_age_s: int | None
    last_qr_event_at: datetime | None
    qr_readiness: str
    status: str
    stale: bool
    view: str
    code: str | None
    action: str | None
    side: str | None
    reason: str | None
    detail: str | None


class Summary(BaseModel):
    """How many instances there are of each status, the stale ones only as stale; and how many servers are down."""

    connected: int
    connecting: int
    disconnected: int
    error: int
    stale: int
    servers_down: int


class HealthCheck(BaseModel):
    """The last sample. `checked_at`: the latest look at any server. `reason`: what to begin with, None if all is well.

    `instances` are at most 5,000; `summary` counts all.
    """

    checked_at: datetime | None
    reason: str | None
    servers: list[ServerHealth]
    instances: list[InstanceHealth]
    summary: Summary

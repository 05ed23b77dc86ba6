"""The bodies of the metrics, as docs/openapi.json publishes them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

Word = Literal["disconnected", "connecting", "connected", "error", "unknown"]


class InstanceUptime(BaseModel):
    """Which part of the window an instance had each status; together 1. `unknown`: nobody could see it.

    `uptime`: the connected part of what is known; None where nothing is.
    """

    instance_id: UUID
    shares: dict[Word, float]
    uptime: float | None


class Uptime(BaseModel):
    """Time-weighted shares over the window, which ends now."""

    window: Literal["24h", "7d", "30d"]
    begin: datetime
    end: datetime
    items: list[InstanceUptime]


class Strip(BaseModel):
    """One instance's window as runs of cells: `[[90, "connected"], [6, "unknown"]]`; the runs' lengths make `cells`."""

    instance_id: UUID
    runs: list[tuple[int, Word]]


class Strips(BaseModel):
    """Every instance's window in `cells` equal cells of `step_s` seconds, oldest first, by instance id.

    A cell shows the worst of error, disconnected and connecting that lasted a minute, else what lasted longest. The
    last one may not be over. Nothing here changes until a cell does.
    """

    window: Literal["24h"]
    begin: datetime
    end: datetime
    cells: int
    step_s: int
    items: list[Strip]


class ServerSeries(BaseModel):
    """One server's looks, by step: the median latency in ms, None where none was answered, and how many were."""

    server_id: UUID
    name: str
    latencies_ms: list[int | None]
    answered: list[int]
    looks: list[int]


class Servers(BaseModel):
    """Every server's looks in steps of `step_s` seconds, oldest first."""

    window: Literal["1h", "24h"]
    begin: datetime
    end: datetime
    step_s: int
    items: list[ServerSeries]


class Events(BaseModel):
    """How many webhook events came in each step of `step_s` seconds, oldest first; the last may not be over."""

    window: Literal["1h", "24h"]
    begin: datetime
    end: datetime
    step_s: int
    counts: list[int]
    total: int


class Success(BaseModel):
    """`ok` of `of` searches found their session. `rate`: percent; None while there are fewer than `needed`."""

    ok: int
    of: int
    rate: float | None
    target: float
    needed: int


class SyncMetrics(BaseModel):
    """Sessions that moved, in a window that ends now.

    `sync_events`: changed assignments; `auto_syncs`: those that Sambung found by itself, without a webhook telling;
    `found_by` has them by webhook, send, reconcile and check. `verification_failures`: how often a session was not
    found where it is assigned, by full hours.
    """

    window: Literal["1h", "24h", "7d", "30d"]
    begin: datetime
    end: datetime
    sync_events: int
    auto_syncs: int
    found_by: dict[str, int]
    verification_failures: int
    not_found: int
    conflicts: int
    success: Success

"""What the dashboard draws: counts of syncs, servers' latencies and webhook events, each in steps of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sambung.domain.alerts import Samples
from sambung.domain.uptime import Span
from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Syncs:
    """Searches for sessions in a window: how they ended, who began those that moved one, and the failures before."""

    moved: int
    not_found: int
    conflict: int
    found_by: Mapping[str, int]
    verification_failures: int

    @property
    def samples(self) -> Samples:
        """How many ended well, of how many."""
        return Samples(self.moved, self.moved + self.not_found + self.conflict)


@dataclass(frozen=True, slots=True)
class Latencies:
    """One server's looks, by step: the median in ms of those answered, and how many were, of how many."""

    server_id: UUID
    name: str
    median_ms: list[int | None] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)


def syncs(connection: Connection, window: Span) -> Syncs:
    """The searches of a window."""
    values = {"begin": window.begin, "end": window.end}
    rows = connection.execute(
        """
        SELECT outcome, found_by, count(*) AS count FROM sync_events
        WHERE created_at >= %(begin)s AND created_at <= %(end)s GROUP BY 1, 2
        """,
        values,
    ).fetchall()
    failures = connection.execute(
        """
        SELECT coalesce(sum(failures), 0) AS failures FROM verification_hours
        WHERE hour > %(begin)s::timestamptz - interval '1 hour' AND hour <= %(end)s
        """,
        values,
    ).fetchone()
    ended = {word: sum(r["count"] for r in rows if r["outcome"] == word) for word in ("moved", "not_found", "conflict")}
    return Syncs(
        **ended,
        found_by={row["found_by"]: row["count"] for row in rows if row["outcome"] == "moved"},
        verification_failures=int(failures["failures"]) if failures else 0,
    )


def latencies(connection: Connection, window: Span, step: timedelta) -> list[Latencies]:
    """Every server's looks in steps of a window that is a multiple of them; by name."""
    count = (window.end - window.begin) // step
    rows = connection.execute(
        """
        SELECT s.id, s.name, floor(extract(epoch FROM h.checked_at - %(begin)s) / %(step)s)::integer AS at,
               count(h.checked_at) AS looks, count(*) FILTER (WHERE h.reachable) AS answered,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY h.latency_ms) AS median_ms
        FROM servers s
        LEFT JOIN health_samples h ON h.server_id = s.id AND h.checked_at >= %(begin)s AND h.checked_at < %(end)s
        GROUP BY s.id, s.name, at ORDER BY s.name
        """,
        {"begin": window.begin, "end": window.end, "step": step.total_seconds()},
    ).fetchall()
    found: dict[UUID, Latencies] = {}
    for row in rows:
        one = found.setdefault(row["id"], Latencies(row["id"], row["name"], [None] * count, [0] * count, [0] * count))
        if row["at"] is not None:
            one.median_ms[row["at"]] = row["median_ms"]
            one.answered[row["at"]], one.looks[row["at"]] = row["answered"], row["looks"]
    return list(found.values())


def events(connection: Connection, window: Span, step: timedelta) -> Sequence[int]:
    """How many webhook events came in each step of a window that is a multiple of them."""
    rows = connection.execute(
        """
        SELECT floor(extract(epoch FROM received_at - %(begin)s) / %(step)s)::integer AS at, count(*) AS count
        FROM webhook_events WHERE received_at >= %(begin)s AND received_at < %(end)s GROUP BY at
        """,
        {"begin": window.begin, "end": window.end, "step": step.total_seconds()},
    ).fetchall()
    found = [0] * ((window.end - window.begin) // step)
    for row in rows:
        found[row["at"]] = row["count"]
    return found


def refused(connection: Connection, count: int, now: datetime) -> None:
    """Count webhooks that nobody could be proven to have sent."""
    connection.execute(
        """
        INSERT INTO refusal_minutes AS r (minute, refusals) VALUES (date_trunc('minute', %s::timestamptz), %s)
        ON CONFLICT (minute) DO UPDATE SET refusals = r.refusals + excluded.refusals
        """,
        [now, count],
    )

"""Webhooks whose senders proved nothing: counted by the hour, so that a wrong secret is seen before it is missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sambung.store.connection import Connection

KEPT = timedelta(days=30)
SHOWN_FOR = timedelta(hours=24)
# Whoever sends without a secret chooses the names: more of them in an hour are counted under none.
NAMES_AN_HOUR = 50


@dataclass(frozen=True, slots=True)
class Refused:
    """`count` requests refused alike. `said_url`: what the sender called itself; `server_id`: whom that may mean."""

    cause: str
    said_url: str
    server_id: UUID | None
    count: int
    last_at: datetime


def add(connection: Connection, refused: Sequence[Refused]) -> None:
    """Count them; each within the hour it was seen last."""
    ordered = sorted(refused, key=lambda one: (one.cause, one.said_url, str(one.server_id)))
    for one in ordered:
        connection.execute(
            """
            INSERT INTO webhook_refusals AS r (hour, cause, said_url, server_id, refused, last_at)
            SELECT date_trunc('hour', %(at)s::timestamptz), %(cause)s, named.url,
                   coalesce((SELECT id FROM servers WHERE id = %(server_id)s),
                            (SELECT id FROM servers WHERE announced_url = named.url AND named.url <> ''
                             ORDER BY name LIMIT 1)),
                   %(count)s, %(at)s
            FROM (SELECT CASE WHEN (SELECT count(*) FROM webhook_refusals
                                    WHERE hour = date_trunc('hour', %(at)s::timestamptz)) < %(names)s
                              THEN %(said_url)s ELSE '' END AS url) AS named
            ON CONFLICT (hour, cause, said_url, server_id) DO UPDATE
            SET refused = r.refused + excluded.refused, last_at = greatest(r.last_at, excluded.last_at)
            """,
            {
                "at": one.last_at,
                "cause": one.cause,
                "said_url": one.said_url,
                "server_id": one.server_id,
                "count": one.count,
                "names": NAMES_AN_HOUR,
            },
        )


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove what is too old to matter."""
    connection.execute("DELETE FROM webhook_refusals WHERE hour < %s", [now - KEPT])


def not_taken_since(connection: Connection, now: datetime) -> Mapping[UUID, int]:
    """How often each server was refused in the last day, of those of which nothing was taken since."""
    rows = connection.execute(
        """
        SELECT r.server_id, sum(r.refused)::int AS refused FROM webhook_refusals r
        WHERE r.hour >= %s AND r.server_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM webhook_events e WHERE e.server_id = r.server_id AND e.received_at >= r.last_at)
        GROUP BY r.server_id
        """,
        [now - SHOWN_FOR],
    ).fetchall()
    return {row["server_id"]: row["refused"] for row in rows}


def lately(connection: Connection, now: datetime, *, limit: int = 20) -> list[Refused]:
    """The last day's, by what they claim, the latest first."""
    rows = connection.execute(
        """
        SELECT cause, said_url, server_id, sum(refused)::int AS count, max(last_at) AS last_at
        FROM webhook_refusals WHERE hour >= %s
        GROUP BY cause, said_url, server_id ORDER BY max(last_at) DESC, cause, said_url LIMIT %s
        """,
        [now - SHOWN_FOR, limit],
    ).fetchall()
    return [Refused(**row) for row in rows]

"""Where alerts are sent to, and the outbox in which messages wait until a channel took them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from sambung.domain.diagnosis.finding import Severity
from sambung.store.connection import Connection

MESSAGES_AT_ONCE: Final = 20
MOST_TRIES: Final = 10
# 1, 2, 4 ... 60 minutes: over all tries four hours.
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)
_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. `least_severity`: what is milder is not sent there. `last_failure`: the reason's short name."""

    id: UUID
    name: str
    scheme: str
    url_sealed: str
    key_id: str
    language: str
    least_severity: str
    enabled: bool
    last_sent_at: datetime | None = None
    last_failed_at: datetime | None = None
    last_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message whose turn it is. `tries`: with the one that begins now."""

    id: int
    channel_id: UUID
    kind: str
    alert_ids: list[UUID]
    tries: int


def all_channels(connection: Connection) -> list[Channel]:
    """Every channel, in the operators' order."""
    with connection.cursor(row_factory=class_row(Channel)) as cursor:
        return cursor.execute(
            """
            SELECT id, name, scheme, url_sealed, key_id, language, least_severity, enabled, last_sent_at,
                   last_failed_at, last_failure
            FROM alert_channels ORDER BY position, id
            """
        ).fetchall()


def replace_all(connection: Connection, channels: Sequence[Channel]) -> None:
    """These channels in this order, and no others. What was sent through those that stay is kept."""
    connection.execute("DELETE FROM alert_channels WHERE id <> ALL (%s)", [[one.id for one in channels]])
    # Names are unique at every moment, and two may have been exchanged.
    connection.execute("UPDATE alert_channels SET name = id::text")
    for position, one in enumerate(channels):
        connection.execute(
            """
            INSERT INTO alert_channels (id, position, name, scheme, url_sealed, key_id, language, least_severity,
                                        enabled)
            VALUES (%(id)s, %(position)s, %(name)s, %(scheme)s, %(url_sealed)s, %(key_id)s, %(language)s,
                    %(least_severity)s, %(enabled)s)
            ON CONFLICT (id) DO UPDATE SET
                position = excluded.position, name = excluded.name, scheme = excluded.scheme,
                url_sealed = excluded.url_sealed, key_id = excluded.key_id, language = excluded.language,
                least_severity = excluded.least_severity, enabled = excluded.enabled, updated_at = now()
            """,
            {
                "id": one.id,
                "position": position,
                "name": one.name,
                "scheme": one.scheme,
                "url_sealed": one.url_sealed,
                "key_id": one.key_id,
                "language": one.language,
                "least_severity": one.least_severity,
                "enabled": one.enabled,
            },
        )


def post(connection: Connection, kind: str, alert_ids: Sequence[UUID], now: datetime) -> None:
    """Put one message of these alerts into the outbox of every channel that wants any of them."""
    connection.execute(
        """
        INSERT INTO alert_outbox (channel_id, kind, alert_ids, next_try_at, created_at)
        SELECT c.id, %(kind)s, array_agg(a.id ORDER BY a.id), %(now)s, %(now)s
        FROM alert_channels c
        JOIN alerts a ON a.id = ANY (%(ids)s) AND (c.least_severity <> %(critical)s OR a.severity = %(critical)s)
        WHERE c.enabled GROUP BY c.id, c.position ORDER BY c.position, c.id
        """,
        {"kind": kind, "ids": list(alert_ids), "now": now, "critical": Severity.CRITICAL.value},
    )


def take(connection: Connection, now: datetime) -> list[Waiting]:
    """The messages whose turn it is, each with its next try set already: whoever dies with them has only delayed them.

    A channel's messages leave in their order: none overtakes one that waits for another try.
    """
    with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        taken = cursor.execute(
            """
            WITH due AS (
                SELECT o.id FROM alert_outbox o
                JOIN alert_channels c ON c.id = o.channel_id AND c.enabled
                WHERE o.state = 'waiting' AND o.next_try_at <= %(now)s AND NOT EXISTS (
                    SELECT FROM alert_outbox before
                    WHERE before.channel_id = o.channel_id AND before.state = 'waiting' AND before.id < o.id
                      AND before.next_try_at > %(now)s)
                ORDER BY o.id LIMIT %(most)s FOR UPDATE OF o SKIP LOCKED)
            UPDATE alert_outbox o SET tries = o.tries + 1,
                next_try_at = %(now)s + least(%(first)s * power(2, o.tries), %(longest)s::interval)
            FROM due WHERE o.id = due.id
            RETURNING o.id, o.channel_id, o.kind, o.alert_ids, o.tries
            """,
            {"now": now, "most": MESSAGES_AT_ONCE, "first": _FIRST_WAIT, "longest": _LONGEST_WAIT},
        ).fetchall()
    return sorted(taken, key=lambda one: one.id)


def note(connection: Connection, waiting: Waiting, failure: str | None, now: datetime) -> bool:
    """Keep how a try ended, `failure` None where the channel took it; whether the message was given up."""
    state = "sent" if failure is None else "dead" if waiting.tries >= MOST_TRIES else "waiting"
    connection.execute(
        """
        UPDATE alert_outbox SET state = %(state)s, failure = %(failure)s,
            ended_at = CASE WHEN %(state)s <> 'waiting' THEN %(now)s::timestamptz END
        WHERE id = %(id)s
        """,
        {"state": state, "failure": failure, "now": now, "id": waiting.id},
    )
    note_channel(connection, waiting.channel_id, failure, now)
    return state == "dead"


def note_channel(connection: Connection, channel_id: UUID, failure: str | None, now: datetime) -> None:
    """Keep how a channel did last."""
    connection.execute(
        """
        UPDATE alert_channels SET
            last_sent_at = CASE WHEN %(failure)s::text IS NULL THEN %(now)s ELSE last_sent_at END,
            last_failed_at = CASE WHEN %(failure)s::text IS NULL THEN last_failed_at ELSE %(now)s END,
            last_failure = %(failure)s
        WHERE id = %(id)s
        """,
        {"failure": failure, "now": now, "id": channel_id},
    )


def forget_old(connection: Connection, now: datetime) -> None:
    """Forget messages that ended long ago."""
    connection.execute("DELETE FROM alert_outbox WHERE ended_at < %s", [now - _KEPT])

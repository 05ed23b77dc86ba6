"""Learns from the events kept of a server how far its clock is from ours."""

from datetime import timedelta
from uuid import UUID

from sambung.domain import clock
from sambung.store.connection import Connection

# Fewer events than these tell nothing of a clock that was set.
A_FEW = 10


def after(connection: Connection, server_id: UUID, known: timedelta | None, lag: timedelta) -> timedelta:
    """The server's offset after an event that shows `lag`.

    One that looks late is a repetition, or shows that the clock was set back: the last events tell.
    """
    offset = clock.learned(known, lag)
    if lag - offset <= clock.LATE_AFTER:
        return offset
    shown = [*_last(connection, server_id), lag]
    again = clock.relearned(offset, shown) or offset
    enough = len(shown) == clock.EVENTS_REMEMBERED or (len(shown) >= A_FEW and clock.jumped(offset, again))
    return again if enough else offset


def _last(connection: Connection, server_id: UUID) -> list[timedelta]:
    rows = connection.execute(
        """
        SELECT lag_ms FROM webhook_events
        WHERE server_id = %s AND lag_ms IS NOT NULL ORDER BY received_at DESC LIMIT %s
        """,
        [server_id, clock.EVENTS_REMEMBERED - 1],
    ).fetchall()
    return [timedelta(milliseconds=row["lag_ms"]) for row in reversed(rows)]

"""The breaker of each server, kept in its row so that every function and every process sees the same one."""

from datetime import datetime
from uuid import UUID

from sambung.domain import breaker as rules
from sambung.domain.breaker import Breaker
from sambung.store.connection import Connection


def admit(connection: Connection, server_id: UUID, now: datetime) -> datetime | None:
    """None where the server may be called now, which the caller then must `record`; else when it may be tried again."""
    found = _read(connection, server_id)
    if rules.admitted(found, now) == found:
        return None
    held = _read(connection, server_id, hold=True)
    let = rules.admitted(held, now)
    if let is None:
        return rules.again_at(held, now)
    if let != held:
        _write(connection, server_id, let)
    return None


def record(connection: Connection, server_id: UUID, *, answered: bool, now: datetime) -> None:
    """Count a call that was made. `answered`: by the gateway itself, with whatever it said below 500."""
    found = _read(connection, server_id)
    if rules.after(found, answered=answered, now=now) == found:
        return
    held = _read(connection, server_id, hold=True)
    then = rules.after(held, answered=answered, now=now)
    if then != held:
        _write(connection, server_id, then)


def _read(connection: Connection, server_id: UUID, *, hold: bool = False) -> Breaker:
    """`hold`: nobody else writes it until the transaction ends. While nothing changes nobody waits for anybody."""
    row = connection.execute(
        f"""
        SELECT breaker_failures, breaker_openings, breaker_open_until, breaker_probe_until
        FROM servers WHERE id = %s {"FOR NO KEY UPDATE" if hold else ""}
        """,
        [server_id],
    ).fetchone()
    if row is None:
        return rules.CLOSED
    return Breaker(
        row["breaker_failures"], row["breaker_openings"], row["breaker_open_until"], row["breaker_probe_until"]
    )


def _write(connection: Connection, server_id: UUID, breaker: Breaker) -> None:
    connection.execute(
        """
        UPDATE servers SET breaker_failures = %s, breaker_openings = %s, breaker_open_until = %s,
                           breaker_probe_until = %s WHERE id = %s
        """,
        [breaker.failures, breaker.openings, breaker.open_until, breaker.probe_until, server_id],
    )

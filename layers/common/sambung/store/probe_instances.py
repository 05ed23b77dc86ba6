"""Whose turn it is to have a probe instance on a server, across processes, and which one may still be there."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Turn:
    """A server nobody else probes now. `left_behind`: the probe whose end nobody saw."""

    left_behind: str | None


def take(connection: Connection, server_id: UUID, held_for: timedelta) -> Turn | None:
    """Take the server unless somebody has it, by the database's clock alone."""
    row = connection.execute(
        """
        INSERT INTO probe_instances AS p (server_id, held_until) VALUES (%(id)s, now() + %(held_for)s)
        ON CONFLICT (server_id) DO UPDATE SET held_until = excluded.held_until WHERE p.held_until <= now()
        RETURNING instance_name
        """,
        {"id": server_id, "held_for": held_for},
    ).fetchone()
    return None if row is None else Turn(row["instance_name"])


def name(connection: Connection, server_id: UUID, instance_name: str) -> None:
    """Say what is about to be made, before it is."""
    connection.execute("UPDATE probe_instances SET instance_name = %s WHERE server_id = %s", [instance_name, server_id])


def give_back(connection: Connection, server_id: UUID, *, gone: bool) -> None:
    """End the turn; a probe that was not seen gone stays named for whoever is next."""
    connection.execute(
        """
        UPDATE probe_instances SET held_until = now(), instance_name = CASE WHEN %s THEN NULL ELSE instance_name END
        WHERE server_id = %s
        """,
        [gone, server_id],
    )

"""Leases: one sweep at a time on each server, across processes, behind any pooler, whatever dies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.store.connection import Connection

UNMANAGED_KEPT = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """A sweep's end on one server. `listed`: how many instances it has; None where it could not be listed."""

    server_id: UUID
    listed: int | None
    unmanaged: tuple[str, ...]


def take(connection: Connection, holder: UUID, server_ids: Sequence[UUID], held_for: timedelta) -> Mapping[UUID, int]:
    """Take the servers that nobody holds; each with the number of its turn. By the database's clock alone."""
    rows = connection.execute(
        """
        INSERT INTO server_sweeps AS s (server_id, holder, held_until)
        SELECT wanted.id, %(holder)s, now() + %(held_for)s
        FROM unnest(%(ids)s::uuid[]) AS wanted (id) JOIN servers ON servers.id = wanted.id ORDER BY wanted.id
        ON CONFLICT (server_id) DO UPDATE
            SET holder = excluded.holder, held_until = excluded.held_until, turn = s.turn + 1, begun_at = now()
            WHERE s.held_until <= now()
        RETURNING server_id, turn
        """,
        {"holder": holder, "held_for": held_for, "ids": sorted(server_ids)},
    ).fetchall()
    return {row["server_id"]: row["turn"] for row in rows}


def give_back(connection: Connection, holder: UUID, swept: Sequence[Swept]) -> None:
    """End the leases and keep what was found; a lease that somebody else took meanwhile is theirs."""
    in_order = sorted(swept, key=lambda one: one.server_id)
    # Lists of lists travel as JSON: arrays of arrays must be rectangular.
    connection.execute(
        """
        WITH swept AS (
            SELECT * FROM unnest(%(ids)s::uuid[], %(listed)s::int[], %(unmanaged)s::jsonb[])
                AS swept (id, listed, unmanaged)),
        held AS (
            SELECT server_id FROM server_sweeps WHERE server_id = ANY(%(ids)s::uuid[]) AND holder = %(holder)s
            ORDER BY server_id FOR UPDATE)
        UPDATE server_sweeps s SET
            held_until = now(),
            completed_at = CASE WHEN swept.listed IS NULL THEN s.completed_at ELSE now() END,
            listed = coalesce(swept.listed, s.listed),
            unmanaged = CASE WHEN swept.listed IS NULL THEN s.unmanaged
                ELSE ARRAY(SELECT jsonb_array_elements_text(swept.unmanaged)) END
        FROM swept JOIN held ON held.server_id = swept.id
        WHERE s.server_id = swept.id
        """,
        {
            "holder": holder,
            "ids": [one.server_id for one in in_order],
            "listed": [one.listed for one in in_order],
            "unmanaged": [Jsonb(one.unmanaged[:UNMANAGED_KEPT]) for one in in_order],
        },
    )

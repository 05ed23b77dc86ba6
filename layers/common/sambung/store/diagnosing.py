"""What the tables know of one instance, of its server and of the fleet, for a diagnosis."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sambung.domain.diagnosis.facts import Fact, Pairings
from sambung.domain.instance import Source, Status, Transition
from sambung.store import assignments, instances, operations, servers, snapshots
from sambung.store.connection import Connection
from sambung.store.instances import Instance
from sambung.store.operations import Operation
from sambung.store.servers import Server
from sambung.store.snapshots import Stored

TRANSITIONS_READ = 20
OTHERS_ASKED = 20
OPERATIONS_READ = 5


@dataclass(frozen=True, slots=True)
class Known:
    """One instance as all tables have it. `others`: the other servers of its kind that are most worth asking, of
    `others_known`; `places`: those where its session may be. `conflict_on`: where it is open at once."""

    instance: Instance
    stored: Stored
    server: Server | None
    others: tuple[Server, ...]
    others_known: int
    places: frozenset[UUID]
    conflict_on: tuple[str, ...]
    transitions: tuple[Transition, ...]
    operations: tuple[Operation, ...]
    server_event_at: datetime | None
    refused: Fact[int] | None
    pairings: Pairings


def known(connection: Connection, instance_id: UUID, *, pairings_since: datetime) -> Known | None:
    """Everything stored that a diagnosis uses; None where there is no such instance."""
    instance, stored = instances.instance(connection, instance_id), snapshots.read(connection, instance_id)
    if instance is None or stored is None:
        return None
    ranked = _others(connection, instance_id)
    fleet = servers.by_ids(connection, [*ranked[:OTHERS_ASKED], *filter(None, [instance.server_id])])
    return Known(
        instance=instance,
        stored=stored,
        server=fleet.get(instance.server_id) if instance.server_id else None,
        others=tuple(fleet[one] for one in ranked[:OTHERS_ASKED] if one in fleet),
        others_known=len(ranked),
        places=frozenset(assignments.place_ids(connection, [instance_id])[instance_id]),
        conflict_on=_conflict_on(connection, instance_id),
        transitions=_transitions(connection, instance_id),
        operations=tuple(operations.of_instance(connection, instance_id, OPERATIONS_READ)),
        server_event_at=_last_event(connection, instance.server_id),
        refused=_refused(connection, instance.server_id),
        pairings=pairings(connection, pairings_since),
    )


def _others(connection: Connection, instance_id: UUID) -> list[UUID]:
    """Every other enabled server of its kind: first where its name or number was seen lately, last what is down."""
    rows = connection.execute(
        """
        SELECT b.id FROM wa_sessions w
        LEFT JOIN servers a ON a.id = w.server_id
        JOIN servers b ON b.enabled AND b.id IS DISTINCT FROM a.id AND b.kind = coalesce(a.kind, b.kind)
        WHERE w.id = %s
        ORDER BY EXISTS (
                SELECT FROM strays t
                WHERE t.server_id = b.id AND (t.instance_name = w.instance_name OR t.phone_number = w.phone_number)
            ) OR EXISTS (
                SELECT FROM wa_sessions o WHERE o.server_id = b.id AND o.phone_number = w.phone_number
            ) DESC,
            b.reachable IS FALSE, b.name
        """,
        [instance_id],
    ).fetchall()
    return [row["id"] for row in rows]


def _conflict_on(connection: Connection, instance_id: UUID) -> tuple[str, ...]:
    row = connection.execute(
        f"SELECT {assignments.CONFLICT_ON} AS names FROM wa_sessions w WHERE w.id = %s", [instance_id]
    ).fetchone()
    return tuple(row["names"] or ()) if row else ()


def _transitions(connection: Connection, instance_id: UUID) -> tuple[Transition, ...]:
    rows = instances.transitions(connection, instance_id, TRANSITIONS_READ)
    return tuple(
        Transition(
            old=Status(row["old_status"]),
            new=Status(row["new_status"]),
            reason=row["reason"],
            source=Source(row["source"]),
            server_id=row["server_id"],
            at=row["event_time"],
            operation_id=row["operation_id"],
        )
        for row in rows
    )


def _last_event(connection: Connection, server_id: UUID | None) -> datetime | None:
    row = connection.execute(
        "SELECT received_at FROM webhook_events WHERE server_id = %s ORDER BY received_at DESC LIMIT 1", [server_id]
    ).fetchone()
    return None if row is None else row["received_at"]


def _refused(connection: Connection, server_id: UUID | None) -> Fact[int] | None:
    row = connection.execute(
        """
        SELECT sum(refused)::int AS refused, max(last_at) AS last_at
        FROM webhook_refusals WHERE server_id = %s AND last_at > now() - interval '24 hours'
        """,
        [server_id],
    ).fetchone()
    return None if row is None or row["last_at"] is None else Fact(row["refused"], row["last_at"])


def pairings(connection: Connection, since: datetime) -> Pairings:
    """Pairings that somebody asked for since then, and how many numbers came through.

    A server that offers codes by itself is no attempt; a number that had been connected all along was not paired.
    """
    row = connection.execute(
        """
        WITH attempts AS (
            SELECT o.session_id, o.server_id, o.created_at
            FROM operations o LEFT JOIN wa_sessions w ON w.id = o.session_id
            WHERE o.action IN ('connect', 'recreate') AND o.created_at >= %(since)s AND o.state <> 'failed'
              AND (w.status = 'connected' AND w.status_since < o.created_at) IS NOT TRUE)
        SELECT count(*) AS attempts, count(DISTINCT session_id) AS numbers, count(DISTINCT server_id) AS servers,
               min(created_at) AS first_at,
               (SELECT count(DISTINCT t.session_id) FROM attempts a JOIN status_transitions t USING (session_id)
                WHERE t.new_status = 'connected' AND t.event_time >= a.created_at) AS succeeded
        FROM attempts
        """,
        {"since": since},
    ).fetchone()
    return Pairings() if row is None else Pairings(**row)

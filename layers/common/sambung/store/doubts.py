"""Which instances may not be where they are assigned: what lists tell of names and numbers, put beside the registry."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sambung.store import assignments, servers
from sambung.store.assignments import Sought
from sambung.store.connection import Connection
from sambung.store.servers import Server

STRAYS_KEPT = 10_000
TWINS_ASKED = 10


@dataclass(frozen=True, slots=True)
class Twin:
    """Another place where the same number seems to be open."""

    server: Server
    instance_name: str


@dataclass(frozen=True, slots=True)
class Case:
    """One instance whose place is in doubt. `places`: where its session may be, the assigned one first where it is
    enabled. `in_conflict`: it was found in several, and that has not ended yet."""

    sought: Sought
    places: tuple[Server, ...]
    twins: tuple[Twin, ...]
    in_conflict: bool


def keep_strays(connection: Connection, found: Mapping[UUID, Mapping[str, str | None]]) -> None:
    """Keep who seems to be open on each of these servers without being assigned to it: names, with their numbers."""
    rows = sorted(
        (server_id, name, number)
        for server_id, strays in found.items()
        for name, number in sorted(strays.items())[:STRAYS_KEPT]
    )
    connection.execute(
        """
        WITH held AS (SELECT id FROM servers WHERE id = ANY(%(servers)s) ORDER BY id FOR KEY SHARE),
        listed AS (
            SELECT * FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(numbers)s::text[])
                AS listed (server_id, instance_name, phone_number)),
        gone AS (
            DELETE FROM strays s WHERE s.server_id = ANY(%(servers)s) AND NOT EXISTS (
                SELECT FROM listed l WHERE (l.server_id, l.instance_name) = (s.server_id, s.instance_name)))
        INSERT INTO strays (server_id, instance_name, phone_number)
        SELECT listed.* FROM listed JOIN held ON held.id = listed.server_id ORDER BY 1, 2
        ON CONFLICT (server_id, instance_name) DO UPDATE SET phone_number = excluded.phone_number
            WHERE strays.phone_number IS DISTINCT FROM excluded.phone_number
        """,
        {
            "servers": list(found),
            "ids": [one for one, _, _ in rows],
            "names": [name for _, name, _ in rows],
            "numbers": [number for _, _, number in rows],
        },
    )


def doubtful(connection: Connection, swept: Collection[UUID], silent: Collection[UUID]) -> Sequence[UUID]:
    """The instances that a sweep of these servers makes doubtful; `silent`: those of them that did not answer.

    A name that is open elsewhere while its own server has not got it open, or is silent; a number that is open on two
    servers; and what was in conflict before.
    """
    rows = connection.execute(_DOUBTFUL, {"swept": list(swept), "silent": list(silent)}).fetchall()
    return [row["id"] for row in rows]


_LOST = """
    SELECT w.id FROM wa_sessions w
    JOIN servers a ON a.id = w.server_id
    JOIN strays t ON t.instance_name = w.instance_name AND t.server_id <> w.server_id
    JOIN servers b ON b.id = t.server_id AND b.enabled AND b.kind = a.kind
    WHERE {side}.server_id = ANY(%(swept)s) AND NOT w.last_operation_open
      AND (w.status <> 'connected' OR w.absent_reads > 0 OR a.reachable IS FALSE OR w.server_id = ANY(%(silent)s))
"""
# One session may be open on many webjs nodes, so only of Evolution a number that is open twice tells anything.
_TWIN = """
    SELECT w.id FROM wa_sessions w
    JOIN servers a ON a.id = w.server_id AND a.kind = 'evolution'
    JOIN strays t ON t.phone_number = w.phone_number AND t.server_id <> w.server_id
    JOIN servers b ON b.id = t.server_id AND b.enabled AND b.kind = a.kind
    WHERE {side}.server_id = ANY(%(swept)s) AND w.status = 'connected'
"""
# Each side apart, so that either is found by its index.
_DOUBTFUL = " UNION ".join(
    (
        *(leg.format(side=side) for leg in (_LOST, _TWIN) for side in ("w", "t")),
        """
        SELECT w.id FROM wa_sessions w
        JOIN servers a ON a.id = w.server_id AND a.kind = 'evolution'
        JOIN wa_sessions o ON o.phone_number = w.phone_number AND o.server_id <> w.server_id AND o.status = 'connected'
        JOIN servers b ON b.id = o.server_id AND b.enabled AND b.kind = a.kind
        WHERE w.server_id = ANY(%(swept)s) AND w.status = 'connected'
        """,
        "SELECT w.id FROM wa_sessions w WHERE w.server_id = ANY(%(swept)s) AND w.conflict_since IS NOT NULL",
    )
)


def cases(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Case]:
    """What is needed to settle the doubts of these instances, by id."""
    rows = connection.execute(
        "SELECT id, instance_name, server_id, instance_token_sealed, conflict_since IS NOT NULL AS in_conflict"
        " FROM wa_sessions WHERE id = ANY(%s)",
        [list(ids)],
    ).fetchall()
    places, twins = assignments.place_ids(connection, ids), _twins(connection, ids)
    wanted = {one for found in places.values() for one in found} | {one for found in twins.values() for one, _ in found}
    known = servers.by_ids(connection, wanted)
    return {row["id"]: _case(row, places[row["id"]], twins[row["id"]], known) for row in rows}


def _case(
    row: Mapping[str, Any], places: Sequence[UUID], twins: Sequence[tuple[UUID, str]], known: Mapping[UUID, Server]
) -> Case:
    return Case(
        Sought(row["id"], row["instance_name"], row["server_id"], row["instance_token_sealed"]),
        tuple(known[one] for one in places if one in known),
        tuple(Twin(known[one], name) for one, name in twins if one in known),
        row["in_conflict"],
    )


def _twins(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[UUID, str]]]:
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for row in connection.execute(
        """
        SELECT w.id, near.server_id, near.instance_name FROM wa_sessions w
        JOIN servers a ON a.id = w.server_id AND a.kind = 'evolution'
        CROSS JOIN LATERAL (
            SELECT place.server_id, place.instance_name FROM (
                (SELECT t.server_id, t.instance_name FROM strays t
                 WHERE t.phone_number = w.phone_number AND t.server_id <> w.server_id LIMIT %(most)s)
                UNION
                (SELECT o.server_id, o.instance_name FROM wa_sessions o
                 WHERE o.phone_number = w.phone_number AND o.server_id <> w.server_id AND o.status = 'connected'
                 LIMIT %(most)s)
                UNION
                SELECT p.server_id, p.instance_name
                FROM jsonb_to_recordset(w.conflict_places) AS p (server_id uuid, instance_name text)
                WHERE p.server_id <> w.server_id) place
            JOIN servers b ON b.id = place.server_id AND b.enabled AND b.kind = 'evolution' LIMIT %(most)s) near
        WHERE w.id = ANY(%(ids)s) ORDER BY 1, 2, 3
        """,
        {"ids": list(ids), "most": TWINS_ASKED},
    ):
        found[row["id"]].append((row["server_id"], row["instance_name"]))
    return found

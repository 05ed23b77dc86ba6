"""Gateway servers: where they are, what was last seen of them; their secrets leave this module sealed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from sambung.store.connection import Connection

SIGNING_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Server:
    """One server's row; `*_sealed` are encrypted columns."""

    id: UUID
    name: str
    kind: str
    base_url: str
    announced_url: str
    api_key_sealed: str
    webhook_secret_sealed: str | None
    previous_webhook_secret_sealed: str | None
    key_id: str
    capacity: int | None
    enabled: bool
    version: str | None
    webhook_shape: str | None
    reachable: bool | None
    unreachable_cause: str | None
    key_accepted: bool | None
    latency_ms: int | None
    last_checked_at: datetime | None
    last_error_code: str | None
    failures_in_row: int
    warnings: list[str]
    instance_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Probe:
    """What one look at a server found. `cause` tells how it is unreachable."""

    reachable: bool
    cause: str | None
    key_accepted: bool | None
    version: str | None
    latency_ms: int | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What proves a server's webhooks: its secret and the one before it, where there are any, and its own key."""

    server_id: UUID
    kind: str
    announced_url: str
    secrets: tuple[str, ...] = field(repr=False)
    api_key: str = field(repr=False)


_SELECT = """
    SELECT s.id, s.name, s.kind, s.base_url, s.announced_url, s.api_key_sealed, s.webhook_secret_sealed,
           s.previous_webhook_secret_sealed, s.key_id, s.capacity, s.enabled, s.version, s.webhook_shape, s.reachable,
           s.unreachable_cause, s.key_accepted, s.latency_ms, s.last_checked_at, s.last_error_code, s.failures_in_row,
           s.warnings, s.created_at, s.updated_at,
           (SELECT count(*) FROM wa_sessions w WHERE w.server_id = s.id)::int AS instance_count
    FROM servers s
"""


def all_servers(connection: Connection, *, after: tuple[str, UUID] | None = None, limit: int = 500) -> list[Server]:
    """Servers by name, then id, from after the given pair on."""
    name, last_id = after or ("", UUID(int=0))
    with connection.cursor(row_factory=class_row(Server)) as cursor:
        return cursor.execute(
            _SELECT + "WHERE (s.name, s.id) > (%s, %s) ORDER BY s.name, s.id LIMIT %s", [name, last_id, limit]
        ).fetchall()


def server(connection: Connection, server_id: UUID) -> Server | None:
    """One server."""
    with connection.cursor(row_factory=class_row(Server)) as cursor:
        return cursor.execute(_SELECT + "WHERE s.id = %s", [server_id]).fetchone()


def by_ids(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Server]:
    """These servers, without those that are gone."""
    with connection.cursor(row_factory=class_row(Server)) as cursor:
        return {one.id: one for one in cursor.execute(_SELECT + "WHERE s.id = ANY(%s)", [list(ids)])}


def emptiest_server(connection: Connection) -> Server | None:
    """The reachable, enabled server with the fewest instances that is below its capacity; where none was seen
    reachable, None."""
    with connection.cursor(row_factory=class_row(Server)) as cursor:
        return cursor.execute(
            f"SELECT * FROM ({_SELECT}) s WHERE enabled AND reachable "
            "AND (capacity IS NULL OR instance_count < capacity) ORDER BY instance_count, name LIMIT 1"
        ).fetchone()


def signing(connection: Connection, *, limit: int = SIGNING_AT_MOST) -> list[Sealed]:
    """The enabled servers that can prove themselves by what is in their row."""
    rows = connection.execute(
        """
        SELECT id, kind, announced_url, api_key_sealed,
               array_remove(ARRAY[webhook_secret_sealed, previous_webhook_secret_sealed], NULL) AS secrets
        FROM servers
        WHERE enabled AND (kind = 'webjs' OR webhook_secret_sealed IS NOT NULL
                           OR previous_webhook_secret_sealed IS NOT NULL)
        ORDER BY name, id LIMIT %s
        """,
        [limit],
    ).fetchall()
    return [
        Sealed(row["id"], row["kind"], row["announced_url"], tuple(row["secrets"]), row["api_key_sealed"])
        for row in rows
    ]


def insert_server(connection: Connection, columns: Mapping[str, object]) -> UUID:
    """A new server's id; psycopg's UniqueViolation names the constraint of a name or URL already taken."""
    names = sorted(columns)
    statement = sql.SQL("INSERT INTO servers ({}) VALUES ({}) RETURNING id").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    row = connection.execute(statement, columns).fetchone()
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT always brings a row
    return UUID(str(row["id"]))


def update_server(connection: Connection, server_id: UUID, columns: Mapping[str, object]) -> None:
    """Change the given columns."""
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in sorted(columns)]
    statement = sql.SQL("UPDATE servers SET {}, updated_at = now() WHERE id = %(server_id)s").format(
        sql.SQL(", ").join(assignments)
    )
    connection.execute(statement, {**columns, "server_id": server_id})


def delete_server(connection: Connection, server_id: UUID) -> None:
    """Remove a server; psycopg's ForeignKeyViolation where instances are assigned to it."""
    connection.execute("DELETE FROM servers WHERE id = %s", [server_id])

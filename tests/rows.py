"""Rows that tests start from, put there without the code under test."""

from dataclasses import dataclass
from uuid import UUID

from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Registry:
    """What `registry` has put into the database."""

    client_id: UUID
    server_id: UUID
    instance_id: UUID
    instance_name: str


def registry(connection: Connection, instance_name: str = "toko-1") -> Registry:
    """The first client, a server and one instance on it."""
    client = connection.execute("SELECT id FROM clients ORDER BY created_at LIMIT 1").fetchone()
    assert client is not None
    server_id = server(connection, "evo-1")
    return Registry(
        client["id"], server_id, instance(connection, client["id"], server_id, instance_name), instance_name
    )


def server(connection: Connection, name: str) -> UUID:
    """One more Evolution server."""
    row = connection.execute(
        """
        INSERT INTO servers (name, kind, base_url, announced_url, api_key_sealed, key_id)
        VALUES (%(name)s, 'evolution', %(url)s, %(url)s, 'sealed', 'key') RETURNING id
        """,
        {"name": name, "url": f"https://{name}.example"},
    ).fetchone()
    assert row is not None
    return UUID(str(row["id"]))


def instance(connection: Connection, client_id: UUID, server_id: UUID | None, name: str) -> UUID:
    """One more instance, never seen yet."""
    row = connection.execute(
        "INSERT INTO wa_sessions (client_id, server_id, instance_name) VALUES (%s, %s, %s) RETURNING id",
        [client_id, server_id, name],
    ).fetchone()
    assert row is not None
    return UUID(str(row["id"]))

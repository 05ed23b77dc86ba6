"""Clients: the customers who own instances."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Client:
    """A customer, with how many instances it owns."""

    id: UUID
    name: str
    instance_count: int
    created_at: datetime
    updated_at: datetime


_SELECT = """
    SELECT c.id, c.name, c.created_at, c.updated_at,
           (SELECT count(*) FROM wa_sessions s WHERE s.client_id = c.id)::int AS instance_count
    FROM clients c
"""


def all_clients(connection: Connection, *, after: tuple[str, UUID] | None, limit: int) -> list[Client]:
    """Clients by name, then id, from after the given pair on."""
    name, last_id = after or ("", UUID(int=0))
    with connection.cursor(row_factory=class_row(Client)) as cursor:
        return cursor.execute(
            _SELECT + "WHERE (c.name, c.id) > (%s, %s) ORDER BY c.name, c.id LIMIT %s", [name, last_id, limit]
        ).fetchall()


def client(connection: Connection, client_id: UUID) -> Client | None:
    """One client."""
    with connection.cursor(row_factory=class_row(Client)) as cursor:
        return cursor.execute(_SELECT + "WHERE c.id = %s", [client_id]).fetchone()


def insert_client(connection: Connection, name: str) -> UUID:
    """A new client's id."""
    row = connection.execute("INSERT INTO clients (name) VALUES (%s) RETURNING id", [name]).fetchone()
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT always brings a row
    return UUID(str(row["id"]))


def rename_client(connection: Connection, client_id: UUID, name: str) -> None:
    """Give a client another name."""
    connection.execute("UPDATE clients SET name = %s, updated_at = now() WHERE id = %s", [name, client_id])


def delete_client(connection: Connection, client_id: UUID) -> None:
    """Remove a client; psycopg's ForeignKeyViolation where it still owns instances."""
    connection.execute("DELETE FROM clients WHERE id = %s", [client_id])

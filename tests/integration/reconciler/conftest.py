"""A registry of many instances, put there without the code under test."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from sambung.store.connection import Connection
from tests import rows


@dataclass(frozen=True)
class Fleet:
    """Instances of one server, in the order of their ids."""

    server_id: UUID
    ids: tuple[UUID, ...]


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def second(database_url: str) -> Iterator[Connection]:
    """Somebody else at the same time."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def fleet(plain: Connection) -> Fleet:
    """Forty instances on one server."""
    return many(plain, 40)


def many(connection: Connection, number: int) -> Fleet:
    """So many instances on one new server."""
    server_id = rows.server(connection, f"evo-{number}")
    client = connection.execute("SELECT id FROM clients LIMIT 1").fetchone()
    assert client is not None
    found = connection.execute(
        """
        INSERT INTO wa_sessions (client_id, server_id, instance_name)
        SELECT %s, %s, %s || n FROM generate_series(1, %s) AS n RETURNING id
        """,
        [client["id"], server_id, f"toko-{number}-", number],
    ).fetchall()
    return Fleet(server_id, tuple(sorted(row["id"] for row in found)))

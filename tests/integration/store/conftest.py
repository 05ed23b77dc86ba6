"""An open database and rows to work on."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from sambung.store.connection import Connection, Database
from tests import rows


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Our own way in."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    """A look from outside, beside our own code."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def registry(plain: Connection) -> rows.Registry:
    """A server with one instance, `toko-1`."""
    return rows.registry(plain)

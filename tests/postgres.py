"""One real PostgreSQL for a test run, and a fresh migrated database for each test at the price of a file copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from local.postgres import EmbeddedPostgres
from sambung.store import migrations
from sambung.store.connection import Connection

TEMPLATE = "sambung_migrated"


class Cluster:
    """A running server; `url` is its maintenance database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = count(1)
        self._template_ready = False

    def create(self, *, empty: bool = False) -> str:
        """A new database with the present schema (or nothing at all); its address."""
        if not empty and not self._template_ready:
            self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            migrations.apply(self.address(TEMPLATE))
            self._template_ready = True
        name = f"test_{next(self._numbers)}"
        template = "template0" if empty else TEMPLATE
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return self.address(name)

    def drop(self, address: str) -> None:
        """Remove a database, whoever is still connected."""
        name = str(conninfo_to_dict(address)["dbname"])
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def address(self, name: str) -> str:
        return make_conninfo(self.url, dbname=name)

    @contextmanager
    def out_of_reach(self, connection: Connection) -> Iterator[None]:
        """Refuse everybody but `connection` its database, for a while."""
        name = sql.Identifier(connection.info.dbname)
        self._run(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        end_connections(connection, "true")
        yield
        self._run(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def end_connections(connection: Connection, which: str) -> None:
    """End the other connections to its database of which `which` is true, and wait until they are gone."""
    others = f"FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
    connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}".encode())


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server in a folder of its own, gone afterwards."""
    with TemporaryDirectory(prefix="sambung-test-") as home, EmbeddedPostgres(Path(home), durable=False) as server:
        yield Cluster(server.url)

"""One real PostgreSQL for a test run, and a database as new for each test: an earlier one, emptied."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from local.postgres import EmbeddedPostgres
from sambung.store import migrations
from sambung.store.connection import Connection

TEMPLATE = "sambung_migrated"
RELATIONS: Final = (
    "SELECT oid::text, relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY oid"
)


class Cluster:
    """A running server; `url` is its maintenance database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = count(1)
        self._as_new: AsNew | None = None
        self._free: list[str] = []

    def create(self, *, empty: bool = False) -> str:
        """A database with the present schema and nobody's rows (or nothing at all); its address."""
        if not empty and self._as_new is None:
            self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            migrations.apply(self.address(TEMPLATE))
            self._as_new = AsNew.of(self.address(TEMPLATE))
        if not empty and self._free:
            return self._free.pop()
        name = f"test_{next(self._numbers)}"
        template = "template0" if empty else TEMPLATE
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return self.address(name)

    def drop(self, address: str) -> None:
        """Be done with a database, whoever is still connected; where only rows changed, another test gets it."""
        if self._as_new and self._as_new.restored(address):
            self._free.append(address)
            return
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


@dataclass(frozen=True)
class AsNew:
    """What no test has touched: emptying a database down to this costs a fraction of copying and dropping one."""

    relations: list[tuple[str, ...]]
    # The tables that have rows from the beginning, with these rows.
    kept: dict[str, list[tuple[str, ...]]]
    emptying: str

    @classmethod
    def of(cls, address: str) -> Self:
        """Of the database at that address."""
        with psycopg.connect(address, autocommit=True) as connection:
            relations = connection.execute(RELATIONS).fetchall()
            rows = {name: _rows(connection, name) for _, name, kind in relations if kind == "r"}
            sequences = [name for _, name, kind in relations if kind == "S"]
        statements = [
            "SET LOCAL session_replication_role = replica",
            *(f'DELETE FROM "{name}"' for name, there in rows.items() if not there),
            *(f'ALTER SEQUENCE "{name}" RESTART' for name in sequences),
        ]
        return cls(relations, {name: there for name, there in rows.items() if there}, ";\n".join(statements))

    def restored(self, address: str) -> bool:
        """Bring it back to this; False for one that cannot be reached, or where more than rows was changed."""
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                end_connections(connection, "true")
                if connection.execute(RELATIONS).fetchall() != self.relations:
                    return False
                connection.execute(self.emptying.encode())
                return all(_rows(connection, name) == there for name, there in self.kept.items())
        except psycopg.OperationalError:
            return False


def _rows(connection: psycopg.Connection[tuple[str, ...]], table: str) -> list[tuple[str, ...]]:
    return connection.execute(sql.SQL("SELECT {0}::text FROM {0}").format(sql.Identifier(table))).fetchall()


def end_connections(connection: Connection, which: str) -> None:
    """End the other connections to its database of which `which` is true, and wait until they are gone."""
    others = f"FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
    connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}".encode())


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server in a folder of its own, gone afterwards."""
    with TemporaryDirectory(prefix="sambung-test-") as home, EmbeddedPostgres(Path(home), durable=False) as server:
        yield Cluster(server.url)

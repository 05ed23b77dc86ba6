"""One connection for each execution environment, which comes back by itself; psycopg's errors become ours here only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg
from psycopg.rows import DictRow, dict_row

from sambung.domain.errors import StoreUnavailable

Connection: TypeAlias = psycopg.Connection[DictRow]

# PostgreSQL 18 tells RESTRICT apart from the other ways a foreign key is violated.
STILL_REFERENCED = (psycopg.errors.ForeignKeyViolation, psycopg.errors.RestrictViolation)

CONNECT_TIMEOUT_S = 3
STATEMENT_TIMEOUT_MS = 5_000


class Database:
    """A lazily opened connection. Safe behind a transaction pooler: nothing is prepared, no session state is used."""

    def __init__(self, url: str, *, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS) -> None:
        self._url = url
        self._statement_timeout_ms = statement_timeout_ms
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits at the end; raises StoreUnavailable when the database is away.

        Errors of the statements themselves (a violated constraint) pass through: only the caller knows what they mean.
        """
        connection = self._open()
        try:
            with connection.transaction():
                connection.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [str(self._statement_timeout_ms)]
                )
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(evidence={"error": type(error).__name__}) from error

    def close(self) -> None:
        """Drop the connection; the next transaction opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            try:
                self._connection = psycopg.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=CONNECT_TIMEOUT_S,
                    prepare_threshold=None,
                    row_factory=dict_row,
                    application_name="sambung",
                )
            except psycopg.OperationalError as error:
                raise StoreUnavailable(evidence={"error": type(error).__name__}) from error
        return self._connection

"""Brings a database to the present schema: plain SQL files, each applied once and whole, however many runs."""

import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.exceptions import BadMigration
from yoyo.migrations import default_migration_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yoyo.migrations import Migration

FOLDER = Path(__file__).resolve().parents[4] / "migrations"
LOCK_KEY = 0x53414D42554E47  # "SAMBUNG": nobody else's advisory lock
CONNECT_TIMEOUT_S = 10
PATIENCE = "120s"


class MigrationFailed(RuntimeError):
    """The schema could not be brought up to date; says why and what to do. The failing file changed nothing."""


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo ships no types
    """yoyo's backend, but a migration and the note that it was applied are one transaction: both or neither."""

    def apply_one(self, migration: "Migration", force: bool = False, mark: bool = True) -> None:  # noqa: ARG002  yoyo's
        """Apply one file and note it."""
        with self.transaction():
            self.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            self.execute("SET LOCAL statement_timeout = 0")
            migration.process_steps(self, "apply")
            self.log_migration(migration, "apply")
            self.mark_one(migration, log=False)

    def get_log_data(self, migration: "Migration | None" = None, operation: str = "apply") -> dict[str, Any]:
        """The row of yoyo's log, without looking up account and host name: that fails or hangs in a bare container."""
        return {
            "id": str(uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": "sambung",
            "hostname": "",
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }


def apply(database_url: str, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing and return its ids in order; raises MigrationFailed.

    Safe to repeat, and to run several times at once: one works, the others wait.
    """
    found = read_migrations(str(folder))
    if not found:
        message = f"no migrations in {folder}: pass the folder that holds the .sql files"
        raise MigrationFailed(message)
    try:
        with _alone(database_url), Backend(_address(database_url), default_migration_table) as backend:
            backend.init_database()
            # Ours is held, so a lock row of yoyo's can only be what a killed run left.
            backend.break_lock()
            missing = backend.to_apply(found)
            for migration in missing:
                backend.apply_one(migration)
            return [migration.id for migration in missing]
    except BadMigration as error:
        message = f"a migration file cannot be read: {error}"
        raise MigrationFailed(message) from error
    except psycopg.Error as error:
        raise MigrationFailed(_explained(error)) from error


@contextmanager
def _alone(database_url: str) -> "Iterator[None]":
    """Wait until no other run is at work. The lock belongs to a transaction, so that a pooler cannot lose it."""
    with psycopg.connect(database_url, connect_timeout=CONNECT_TIMEOUT_S, prepare_threshold=None) as connection:
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        yield


def _address(database_url: str) -> DatabaseURI:
    """The same database in yoyo's terms, whatever form of address libpq was given."""
    parts = {name: str(value) for name, value in conninfo_to_dict(database_url).items() if value is not None}
    return DatabaseURI(
        scheme="postgresql+psycopg",
        username=parts.pop("user", None),
        password=parts.pop("password", None),
        hostname=parts.pop("host", None),
        port=parts.pop("port", None),
        database=parts.pop("dbname", None),
        args={"connect_timeout": str(CONNECT_TIMEOUT_S), **parts},
    )


def _explained(error: psycopg.Error) -> str:
    said = [error.diag.message_primary or str(error).strip(), error.diag.message_detail, error.diag.message_hint]
    return ". ".join(part for part in said if part)


def main(arguments: list[str]) -> int:
    """Migrate SAMBUNG_DATABASE_URL with the given folder, or ours; says what was done and returns the exit status."""
    address = os.environ.get("SAMBUNG_DATABASE_URL", "").strip()
    if not address:
        sys.stderr.write("SAMBUNG_DATABASE_URL is not set: give it the database's postgresql:// address\n")
        return 2
    try:
        applied = apply(address, Path(arguments[0]) if arguments else FOLDER)
    except MigrationFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"applied: {', '.join(applied)}\n" if applied else "nothing to apply: the schema is up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

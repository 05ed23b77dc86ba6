"""What the functions need around them: a PostgreSQL of their own, an environment, rows, and a context of Lambda."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from uuid import UUID

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from local.postgres import EmbeddedPostgres
from sambung.edge.keyring import Keyring
from sambung.store import migrations
from sambung.store.connection import Connection

PUBLIC_URL = "http://hook.example"
VERSION = "2.3.6"
API_KEY = "bench-key"
CLIENT_ID = UUID(int=1)


@dataclass(frozen=True, slots=True)
class Context:
    """Lambda's context, with time enough for anything."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 600_000


@dataclass(frozen=True, slots=True)
class Server:
    """A row of `servers` and the instances assigned to it."""

    id: UUID
    url: str
    instances: Sequence[tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A migrated database and the environment of the functions that use it."""

    url: str
    keyring: Keyring
    plain: Connection

    def connect(self) -> Connection:
        """A connection set like the functions' own."""
        return psycopg.connect(self.url, autocommit=True, prepare_threshold=None, row_factory=dict_row)

    def refill(self, servers: Sequence[Server]) -> None:
        """Only these servers and their instances, never seen yet; nothing of what was before."""
        of_server = [(one.id, *instance) for one in servers for instance in one.instances]
        with self.plain.transaction():
            self.plain.execute(
                "TRUNCATE clients, servers, wa_sessions, webhook_events, operations, wa_ops_logs CASCADE"
            )
            self.plain.execute("INSERT INTO clients (id, name) VALUES (%s, 'Bench')", [CLIENT_ID])
            self.plain.execute(
                """
                INSERT INTO servers (id, name, kind, base_url, announced_url, api_key_sealed, key_id, version,
                                     webhook_shape)
                SELECT id, id::text, 'evolution', url, url, %s, %s, %s, 'nested'
                FROM unnest(%s::uuid[], %s::text[]) AS given (id, url)
                """,
                [
                    self.keyring.seal(API_KEY),
                    self.keyring.primary,
                    VERSION,
                    [one.id for one in servers],
                    [one.url for one in servers],
                ],
            )
            self.plain.execute(
                """
                INSERT INTO wa_sessions (client_id, server_id, id, instance_name)
                SELECT %s, * FROM unnest(%s::uuid[], %s::uuid[], %s::text[])
                """,
                [CLIENT_ID, *(list(column) for column in zip(*of_server, strict=True))],
            )
        # What autovacuum does in a database that lives longer than a round.
        self.plain.execute("VACUUM (ANALYZE) servers, wa_sessions, webhook_events, status_transitions")


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage in a folder of its own, gone afterwards.

    The database does not wait for the disk: what a disk hides of our own share would flatter us.
    """
    key = Fernet.generate_key().decode()
    with TemporaryDirectory(prefix="sambung-bench-") as home, EmbeddedPostgres(Path(home), durable=False) as server:
        migrations.apply(server.url)
        told = {
            "SAMBUNG_STAGE": "local",
            "SAMBUNG_DATABASE_URL": server.url,
            "SAMBUNG_KEYS": key,
            "SAMBUNG_PUBLIC_URL": PUBLIC_URL,
            "POWERTOOLS_SERVICE_NAME": "bench",
            "POWERTOOLS_METRICS_NAMESPACE": "Sambung",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }
        with patch.dict(os.environ, told), psycopg.connect(server.url, autocommit=True, row_factory=dict_row) as plain:
            yield Stage(server.url, Keyring([key]), plain)


@contextmanager
def unheard_log() -> Iterator[None]:
    """Lines are made and written as in Lambda, but to nowhere: standard output is for figures."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        yield


def server_with(number: int, instances: int, url: str = "", *, step: int = 1) -> Server:
    """The `number`th server; the same ids in every run, `step` apart: the odd ones are read again in every other sweep,
    the even ones in those between."""
    names = [
        (UUID(int=(number + 1) << 32 | place * step + 1, version=4), f"toko-{number}-{place}")
        for place in range(instances)
    ]
    return Server(UUID(int=number + 1, version=4), url or f"http://evo-{number}.example", names)


def say(text: str) -> None:
    """To whoever waits."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  a command line

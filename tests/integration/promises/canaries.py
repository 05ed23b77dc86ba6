"""Secrets that are easy to find again, and everywhere that somebody could find them."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from sambung.edge.keyring import Keyring
from tests.integration.promises.outages import children
from tests.local_stack import StackProcess

# Where a secret may be, and why.
ALLOWED_COLUMNS: Mapping[tuple[str, str], str] = {
    ("wa_sessions", "qr_code"): "the code on offer, deleted when it is used or expired",
    ("wa_sessions", "qr_image"): "the same as a picture",
    ("wa_sessions", "pairing_code"): "the same in eight letters",
}
# Answers whose purpose it is to show the code to an operator, who must be allowed to see it.
SHOW_CODES = ("create", "connect", "qr", "recreate")


@dataclass
class Canaries:
    """Secrets by what they are; found again by `found_in`."""

    secrets: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: str) -> str:
        """Remember a secret; the secret."""
        assert len(value) >= 8, f"{name} is too short to be told from anything else"
        self.secrets[name] = value
        return value

    def found_in(self, text: str, *, codes_allowed: bool = False) -> list[str]:
        """Which secrets are in the text, as they are or as JSON would write them."""
        wanted = {n: v for n, v in self.secrets.items() if not (codes_allowed and n.startswith("code"))}
        return [name for name, value in wanted.items() if value in text or json.dumps(value)[1:-1] in text]


@dataclass
class Places:
    """Everywhere: texts by where they are."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)

    def answered(self, what: str, reply: httpx.Response) -> httpx.Response:
        """Remember an answer of the API, headers and all."""
        self.answers.append((what, f"{dict(reply.headers)} {reply.text}"))
        return reply

    def hits(self, canaries: Canaries) -> list[tuple[str, str]]:
        """Each place with a secret that should not be there."""
        in_answers = [
            (f"the answer to {what}", name)
            for what, text in self.answers
            for name in canaries.found_in(text, codes_allowed=what in SHOW_CODES)
        ]
        return [*in_answers, *((where, name) for where, text in self.texts for name in canaries.found_in(text))]


def tables(database_url: str) -> Iterator[tuple[str, str]]:
    """Every column of every table as text, but for those that are allowed."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        columns = connection.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for column in columns:
            schema, table, name = column.values()
            if (table, name) in ALLOWED_COLUMNS:
                continue
            query = sql.SQL("SELECT {}::text AS value FROM {}").format(
                sql.Identifier(name), sql.Identifier(schema, table)
            )
            for row in connection.execute(query).fetchall():
                yield f"column {table}.{name}", str(row["value"])


def files(home: Path) -> Iterator[tuple[str, str]]:
    """Logs of functions, of API Gateway, of the database and of AWS; the queues with bodies and attributes."""
    for path in [*home.glob("logs/*"), home / "postgres" / "server.log", *home.glob("queues*.jsonl")]:
        if path.is_file():
            yield f"file {path.name}", path.read_text(encoding="utf-8", errors="replace")


def kept_secrets(stack: StackProcess, canaries: Canaries, servers: Mapping[str, str]) -> None:
    """What the stack made itself: keys, passwords, and what is derived of them and sealed with them."""
    keys = (stack.home / "keys").read_text().strip()
    canaries.add("SAMBUNG_KEYS", keys)
    keyring = Keyring(keys.split(","))
    for name, server_id in servers.items():
        canaries.add(f"bearer of {name}", keyring.bearer(UUID(server_id)))
        canaries.add(f"path token of {name}", keyring.path_token(UUID(server_id)))
    password = conninfo_to_dict(stack.database_url)["password"]
    canaries.add("password of the database", str(password))
    with psycopg.connect(stack.database_url) as connection:
        for (sealed,) in connection.execute("SELECT instance_token_sealed FROM wa_sessions").fetchall():
            if sealed:
                canaries.add(f"token of an instance {len(canaries.secrets)}", keyring.unseal(sealed))


@contextmanager
def frozen(database_home: Path) -> Iterator[None]:
    """The stack's database stands still for a while."""
    postmaster = int((database_home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGSTOP)
    stopped = [postmaster, *children(postmaster)]
    try:
        for pid in stopped[1:]:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

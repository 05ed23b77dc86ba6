"""Delivers made-up lives to the real function over the real database, and reads the same lives beside it."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from sambung.edge.keyring import Keyring
from sambung.store import snapshots
from sambung.store.connection import Connection, Database
from tests import rows
from tests.integration.promises.lives import FASTEST_S, POLLED_EVERY_S, START, Arrival, Happening, Life, arrivals, life
from webhook.door import Door

CLOCKS_OFF = (timedelta(hours=-3), timedelta(0), timedelta(hours=3))
LATE = 0.15
DELIVERIES_OF_A_LIFE = 20
READ_BETWEEN = 0.1


@dataclass(frozen=True)
class Server:
    """A gateway whose clock is off, with the instances that are told of and the same ones that are only read."""

    id: UUID
    clock_off: timedelta
    lives: Sequence[Life]
    told: dict[str, UUID]
    polled: dict[str, UUID]


@dataclass
class World:
    """Servers of all clocks over one database."""

    plain: Connection
    database: Database
    door: Door
    keyring: Keyring
    servers: list[Server]

    def deliver(self, server: Server, arrival: Arrival) -> str:
        """One delivery; what was answered."""
        answer = self.door.answer(arrival.request(server.id, self.keyring, server.clock_off))
        assert answer["statusCode"] == 200, answer
        return str(json.loads(answer["body"])["status"])

    def read(self, server: Server, of: Life, instance_id: UUID, at: float) -> None:
        """One read."""
        with self.database.transaction() as connection:
            assert snapshots.observe(connection, instance_id, of.read(at, server.id))

    def row(self, instance_id: UUID) -> dict[str, Any]:
        """The instance as it is stored."""
        row = self.plain.execute("SELECT * FROM wa_sessions WHERE id = %s", [instance_id]).fetchone()
        assert row is not None
        return row


@contextmanager
def world(database_url: str, chance: random.Random, deliveries: int) -> Iterator[World]:
    """About so many deliveries' worth of lives, and gateways whose clocks are known."""
    keyring = Keyring([Fernet.generate_key().decode()])
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as plain,
        closing(Database(database_url)) as database,
    ):
        servers = [_server(plain, n, off, chance, deliveries) for n, off in enumerate(CLOCKS_OFF)]
        built = World(plain, database, Door(database, keyring), keyring, servers)
        for server in servers:
            first = replace(server.lives[0], name="nobody")
            built.deliver(server, Arrival(FASTEST_S, first, Happening(0.0, "messages.upsert", {})))
        yield built


def _server(plain: Connection, number: int, clock_off: timedelta, chance: random.Random, deliveries: int) -> Server:
    client = plain.execute("SELECT id FROM clients LIMIT 1").fetchone()
    assert client is not None
    server_id = rows.server(plain, f"evo-{number}")
    count = max(1, deliveries // DELIVERIES_OF_A_LIFE // len(CLOCKS_OFF))
    lives = [life(f"n{number}-{n}", chance) for n in range(count)]
    told = {one.name: rows.instance(plain, client["id"], server_id, one.name) for one in lives}
    polled = {one.name: rows.instance(plain, client["id"], server_id, f"polled {one.name}") for one in lives}
    # As if they had been there before the story began.
    plain.execute("UPDATE wa_sessions SET status_since = %s", [START])
    return Server(server_id, clock_off, lives, told, polled)


def any_order_ends_like_polls(database_url: str, seed: int, *, deliveries: int) -> None:
    """P2. What arrives in time needs no help; what arrives late asks for a check, which then tells."""
    chance = random.Random(seed)  # noqa: S311  chance, not secrecy
    with world(database_url, chance, deliveries) as built:
        for server in built.servers:
            arriving = arrivals(server.lives, chance, late=LATE)
            words = [built.deliver(server, arrival) for arrival in arriving]
            distinct = {(one.life.name, one.happening.at) for one in arriving}
            assert words.count("duplicate") == len(arriving) - len(distinct)
            troubled = {one.life.name for one in arriving if one.late}
            for one in server.lives:
                _compare(built, server, one, needed_a_check=one.name in troubled)


def _compare(built: World, server: Server, one: Life, *, needed_a_check: bool) -> None:
    told = built.row(server.told[one.name])
    _poll(built, server, one)
    polled = built.row(server.polled[one.name])
    if not needed_a_check:
        assert not told["needs_check"], one
        assert _state(told) == _state(polled), one
        return
    if told["status"] != polled["status"]:
        assert told["needs_check"], one
    built.read(server, one, told["id"], one.end)
    assert built.row(told["id"])["status"] == polled["status"], one


def _poll(built: World, server: Server, one: Life) -> None:
    with built.database.transaction() as connection:
        at = 1.0
        while at <= one.end:
            assert snapshots.observe(connection, server.polled[one.name], one.read(at, server.id))
            # When nothing happens any more, nothing new can be read.
            at += POLLED_EVERY_S if at < one.happenings[-1].at + POLLED_EVERY_S else one.end


def _state(row: dict[str, Any]) -> tuple[object, ...]:
    return row["status"], row["error_code"], row["phone_number"]


def the_older_never_wins(database_url: str, seed: int, *, deliveries: int) -> None:
    """P3. Reads come between the deliveries; a status only ever changes by something newer than all that changed it."""
    chance = random.Random(seed)  # noqa: S311  chance, not secrecy
    with world(database_url, chance, deliveries) as built:
        for server in built.servers:
            newest: dict[str, float] = {}
            for arrival in arrivals(server.lives, chance, late=LATE):
                one, instance_id = arrival.life, server.told[arrival.life.name]
                before = built.row(instance_id)
                built.deliver(server, arrival)
                after = built.row(instance_id)
                _check(before, after, arrival.happening.at, newest, one)
                if chance.random() < READ_BETWEEN:
                    at = arrival.at + 0.001
                    built.read(server, one, instance_id, at)
                    _check(after, built.row(instance_id), at, newest, one)


def _check(before: dict[str, Any], after: dict[str, Any], at: float, newest: dict[str, float], one: Life) -> None:
    older: datetime | None = before["observed_at"]
    assert older is None or after["observed_at"] >= older, one
    if after["status"] == before["status"]:
        return
    assert at >= newest.get(one.name, 0.0), one
    newest[one.name] = at

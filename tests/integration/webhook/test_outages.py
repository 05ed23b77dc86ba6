"""The database stopped, killed or frozen: what was acknowledged is there, what was not is asked for again."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from local.postgres import EmbeddedPostgres
from sambung.edge.keyring import Keyring
from sambung.store import migrations
from sambung.store.connection import Connection, Database
from tests import postgres, rows
from tests.rows import Registry
from webhook.door import Door
from webhook.outage import Outage

KEYRING = Keyring([Fernet.generate_key().decode()])


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    """A look from outside."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


def test_what_was_acknowledged_around_an_outage_is_there_once(
    cluster: postgres.Cluster, database_url: str, plain: Connection
) -> None:
    registry = rows.registry(plain)
    out = cluster.out_of_reach(plain)
    answered: list[int] = []

    def deliver(number: int) -> None:
        """As a gateway does: again until it is taken."""
        with closing(Database(database_url)) as database:
            door = Door(database, KEYRING)
            while status(door, registry, number, answered) != 200:
                time.sleep(0.02)

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(deliver, number) for number in range(60)]
        wait_for(lambda: len(answered) > 10)
        with out:
            wait_for(lambda: answered.count(429) > 20)
        for one in work:
            one.result(60)
    assert set(answered) == {200, 429}
    found = plain.execute("SELECT facts ->> 'status_reason' AS number FROM webhook_events").fetchall()
    assert sorted(int(row["number"]) for row in found) == list(range(60))


def test_a_stopped_server_costs_a_moment_not_a_failure(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        migrations.apply(server.url)
        with psycopg.connect(server.url, autocommit=True, row_factory=dict_row) as connection:
            registry = rows.registry(connection)
        with closing(Database(server.url)) as database:
            door = Door(database, KEYRING)
            assert status(door, registry, 1) == 200
            server.stop()
            started = time.monotonic()
            assert status(door, registry, 2) == 429
            assert time.monotonic() - started < 5


def test_a_frozen_connection_is_given_up_for_a_new_one(database_url: str, plain: Connection) -> None:
    registry = rows.registry(plain)
    with closing(Database(database_url)) as database:
        door = Door(database, KEYRING, outage=Outage((0.4, 0.4)))
        assert status(door, registry, 1) == 200
        with frozen(ours(plain)):
            assert status(door, registry, 2) == 200


def test_a_frozen_server_is_given_up_in_time(database_url: str, plain: Connection) -> None:
    registry = rows.registry(plain)
    with closing(Database(database_url)) as database:
        door = Door(database, KEYRING, outage=Outage((0.4, 0.4)))
        assert status(door, registry, 1) == 200
        with frozen([*ours(plain), parent(plain.info.backend_pid)]):
            started = time.monotonic()
            assert status(door, registry, 2) == 429
            assert time.monotonic() - started < 3
        wait_for(lambda: status(door, registry, 2) == 200)


def test_the_watchdog_leaves_no_alarm_behind(database_url: str, plain: Connection) -> None:
    registry = rows.registry(plain)
    before = signal.getsignal(signal.SIGALRM)
    with closing(Database(database_url)) as database:
        assert status(Door(database, KEYRING, outage=Outage((5,))), registry, 1) == 200
    assert signal.getsignal(signal.SIGALRM) == before


def ours(plain: Connection) -> list[int]:
    """The processes that serve our function."""
    found = plain.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'sambung'").fetchall()
    return [row["pid"] for row in found]


def parent(pid: int) -> int:
    """The server a process belongs to."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@contextmanager
def frozen(pids: Sequence[int]) -> Iterator[None]:
    """Stop processes for a while."""
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it is so."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def status(door: Door, registry: Registry, number: int, answered: list[int] | None = None) -> int:
    """Deliver the event of that number; what was answered."""
    body = {
        "event": "connection.update",
        "instance": registry.instance_name,
        "data": {"state": "connecting", "statusReason": number},
        "date_time": f"2026-01-02T03:04:05.{number:03d}Z",
    }
    event = {
        "rawPath": f"/webhooks/{registry.server_id}",
        "headers": {"authorization": f"Bearer {KEYRING.bearer(registry.server_id)}"},
        "requestContext": {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": 1767323045000 + number},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    code = int(door.answer(event)["statusCode"])
    if answered is not None:
        answered.append(code)
    return code

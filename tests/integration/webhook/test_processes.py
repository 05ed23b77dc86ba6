"""Several execution environments at once, as Lambda runs them, keep every event once."""

import json
import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from uuid import UUID

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from sambung.edge.keyring import Keyring
from sambung.store.connection import Database
from tests import rows

PROCESSES, EVENTS, SHARED = 4, 60, 30
START = 1767323045000


def test_processes_that_take_the_same_events_keep_each_once(database_url: str) -> None:
    key = Fernet.generate_key().decode()
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as plain:
        registry = rows.registry(plain)
        with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
            work = [pool.submit(take, database_url, key, registry.server_id, n) for n in range(PROCESSES)]
            words = Counter[str]()
            for one in work:
                words.update(one.result(90))
        kept = plain.execute("SELECT count(*) AS n FROM webhook_events").fetchone()
        state = plain.execute("SELECT status, revision, observed_at FROM wa_sessions").fetchone()
    distinct = SHARED + PROCESSES * (EVENTS - SHARED)
    assert kept == {"n": distinct}
    assert words["accepted"] + words["ignored"] == distinct
    assert words["duplicate"] == PROCESSES * EVENTS - distinct
    assert state is not None
    assert state["revision"] == distinct
    assert state["status"] == "connected"


def take(database_url: str, key: str, server_id: UUID, process: int) -> list[str]:
    """What one environment answers: to events all of them get, and to its own."""
    from webhook.door import Door

    keyring = Keyring([key])
    with closing(Database(database_url)) as database:
        door = Door(database, keyring)
        numbers = [n if n < SHARED else n + process * EVENTS for n in range(EVENTS)]
        return [json.loads(door.answer(event(keyring, server_id, n))["body"])["status"] for n in numbers]


def event(keyring: Keyring, server_id: UUID, number: int) -> dict[str, object]:
    """The event of that number; the last of all is an open."""
    state = "open" if number == PROCESSES * EVENTS - 1 else "connecting"
    body = {
        "event": "connection.update",
        "instance": "toko-1",
        "data": {"state": state},
        "date_time": f"2026-01-02T03:04:05.{number:03d}Z",
    }
    return {
        "rawPath": f"/webhooks/{server_id}",
        "headers": {"authorization": f"Bearer {keyring.bearer(server_id)}"},
        "requestContext": {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": START + number},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }

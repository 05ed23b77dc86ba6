"""While the database is away what gateways say waits in the queue, sealed, and counts as received when it was."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from sambung.edge.keyring import Keyring
from sambung.store.connection import Connection, Database
from tests import postgres, queues
from tests.calling import Reply
from tests.functional.webhook import nodes
from tests.functional.webhook.conftest import NOW, Gateway, Look
from tests.queues import Queue
from webhook.door import Door
from webhook.outage import Outage
from webhook.overflow import Overflow
from webhook.wakeup import Wakeup

PLENTY_S = 10.0
Drain = Callable[[], int]


@pytest.fixture(scope="module")
def _aws() -> Iterator[str]:
    with queues.aws() as url:
        yield url


@pytest.fixture
def queue(_aws: str, request: pytest.FixtureRequest) -> Queue:
    """An empty overflow queue."""
    return queues.create(f"overflow-{abs(hash(request.node.nodeid))}")


@pytest.fixture
def door(database_url: str, keyring: Keyring, queue: Queue) -> Iterator[Door]:
    """The function's inside, with a queue behind it."""
    database = Database(database_url)
    yield Door(database, keyring, Overflow(queue.url), outage=Outage(clock=count(step=60).__next__))
    database.close()


@pytest.fixture
def drain(door: Door, queue: Queue) -> Drain:
    """Let the function take one batch."""
    return lambda: queue.poll(lambda event: door.drain(event["Records"], lambda: PLENTY_S))


@pytest.fixture
def away(cluster: postgres.Cluster, plain: Connection) -> Callable[[], Any]:
    """While it lasts the database refuses everybody but the test."""
    return lambda: cluster.out_of_reach(plain)


def test_what_comes_while_the_database_is_away_is_parked_and_counts_when_it_is_back(
    gateway: Gateway, away: Callable[[], Any], queue: Queue, drain: Drain, instance: Look
) -> None:
    with away():
        assert parked(gateway.connection("connecting", at=0))
        assert parked(gateway.connection("open", at=5))
    assert drain() == 2
    row = instance()
    assert row["status"] == "connected"
    assert [event["outcome"] for event in instance.events()] == ["applied", "applied"]
    assert row["last_webhook_event_at"] == instance.events()[-1]["received_at"] == at(5.01)
    assert queue.waiting() == []


def test_what_was_parked_is_no_newer_for_it(
    modern: Gateway, away: Callable[[], Any], drain: Drain, instance: Look
) -> None:
    modern.connection("connecting", at=0)
    with away():
        assert parked(modern.connection("open", at=1))
    modern.connection("close", at=60, reason=401)
    drain()
    assert instance()["status"] == "disconnected"


def test_a_code_that_was_parked_is_as_old_as_its_receipt(
    gateway: Gateway, away: Callable[[], Any], drain: Drain, instance: Look
) -> None:
    with away():
        gateway.qr("2@code", at=3)
    drain()
    assert (instance()["qr_code"], instance()["qr_at"]) == ("2@code", at(3.01))


def test_what_was_parked_twice_counts_once(
    modern: Gateway, away: Callable[[], Any], drain: Drain, instance: Look
) -> None:
    with away():
        modern.connection("open", at=1)
        modern.connection("open", at=1)
    assert drain() == 2
    assert len(instance.events()) == 1


def test_authentication_and_limits_hold_without_a_database(
    modern: Gateway, old: Gateway, away: Callable[[], Any], queue: Queue
) -> None:
    with away():
        assert modern.posts(b"{}", headers={}).status == 401
        assert old.posts(b"{}", path=old.path.replace("/t/", "/t/x")).status == 401
        assert modern.posts(b"{").status == 422
    assert queue.waiting() == []


def test_a_secret_in_the_path_says_no_more_for_having_been_parked(
    old: Gateway, away: Callable[[], Any], drain: Drain, instance: Look
) -> None:
    with away():
        assert parked(old.connection("open", profileName="Somebody"))
    drain()
    assert (instance()["status"], instance()["phone_number"], instance()["profile_name"]) == ("connected", None, None)


def test_an_event_too_large_to_park_is_asked_for_again(modern: Gateway, away: Callable[[], Any], queue: Queue) -> None:
    fitting = 190 * 1024 - 400
    with away():
        assert parked(modern.sends("messages.upsert", {"message": "x" * fitting}))
        reply = modern.sends("messages.upsert", {"message": "x" * 200 * 1024})
    assert (reply.status, "retry-after" in reply.headers) == (429, True)
    assert len(queue.waiting()) == 1


def test_a_queue_that_is_away_too_asks_for_a_repetition(
    modern: Gateway, away: Callable[[], Any], database_url: str, keyring: Keyring
) -> None:
    nowhere = Overflow("http://127.0.0.1:9/123456789012/gone")
    with closing(Database(database_url)) as database, away():
        reply = replace(modern, door=Door(database, keyring, nowhere)).connection("open")
    assert (reply.status, reply.json["code"]) == (429, "overloaded")


def test_nothing_of_an_event_can_be_read_in_the_queue(old: Gateway, away: Callable[[], Any], queue: Queue) -> None:
    with away():
        old.qr("2@canary-qr")
        old.connection("open", profileName="Canary")
    waiting = json.dumps(queue.waiting())
    token = old.path.split("/t/")[1].partition("?")[0]
    assert not [word for word in ("canary", "Canary", "6281234567890", token, "toko-1") if word in waiting]


def test_a_message_tells_which_request_it_was(modern: Gateway, away: Callable[[], Any], queue: Queue) -> None:
    with away():
        modern.connection("open")
    assert queue.waiting()[0]["MessageAttributes"]["correlation_id"]["StringValue"] == "r-1"


POISON = {"no JSON": "{", "nothing known": "{}", "a list": "[]", "sealed by nobody": None}


@pytest.mark.parametrize("what", POISON)
def test_a_poisoned_message_ends_with_the_dead_letters_and_holds_up_no_other(
    what: str, modern: Gateway, away: Callable[[], Any], queue: Queue, drain: Drain, instance: Look
) -> None:
    with away():
        modern.connection("connecting", at=0)
        parked_body = queue.waiting()[0]["Body"]
        queue.client.purge_queue(QueueUrl=queue.url)
        poison = POISON[what] or parked_body.replace('"sealed": "', '"sealed": "x')
        queue.client.send_message(QueueUrl=queue.url, MessageBody=poison)
        modern.connection("open", at=1)
    until(lambda: drain() == 0)
    assert instance()["status"] == "connected"
    assert [message["Body"] for message in queue.dead()] == [poison]


def test_a_key_that_was_taken_off_the_list_loses_nothing(
    modern: Gateway, away: Callable[[], Any], queue: Queue, drain: Drain, database_url: str
) -> None:
    with away():
        modern.connection("open", at=1)
    with closing(Database(database_url)) as database:
        stranger = Door(database, Keyring([Fernet.generate_key().decode()]))
        until(lambda: queue.poll(lambda event: stranger.drain(event["Records"], lambda: PLENTY_S)) == 0)
    assert len(queue.dead()) == 1


def test_while_the_database_is_away_a_batch_comes_back_after_one_try(
    modern: Gateway, away: Callable[[], Any], queue: Queue, door: Door, drain: Drain, instance: Look
) -> None:
    answers: list[Mapping[str, Any]] = []

    def keep_answer(event: Mapping[str, Any]) -> Mapping[str, Any]:
        answers.append(door.drain(event["Records"], lambda: PLENTY_S))
        return answers[-1]

    with away():
        for second in range(4):
            modern.connection("connecting", at=second)
        assert queue.poll(keep_answer) == 4
    assert len(answers[0]["batchItemFailures"]) == 4
    assert drain() == 4
    assert len(instance.events()) == 4


def test_a_batch_that_runs_out_of_time_gives_the_rest_back(
    modern: Gateway, away: Callable[[], Any], queue: Queue, door: Door, instance: Look
) -> None:
    with away():
        for second in range(3):
            modern.connection("connecting", at=second)
    left = iter([PLENTY_S, 1.0, 1.0])
    queue.poll(lambda event: door.drain(event["Records"], lambda: next(left)))
    assert len(instance.events()) == 1
    assert len(queue.waiting()) == 2


def test_during_an_outage_not_every_event_waits_for_the_database(
    modern: Gateway, away: Callable[[], Any], database_url: str, keyring: Keyring, queue: Queue
) -> None:
    now = [0.0]
    with closing(Counting(database_url)) as database:
        patient = replace(
            modern, door=Door(database, keyring, Overflow(queue.url), outage=Outage(clock=lambda: now[0]))
        )
        with away():
            assert [patient.connection("open", at=second).status for second in range(20)] == [202] * 20
            assert database.asked == 2
            now[0] += 10
            patient.connection("open", at=30)
            assert database.asked == 3
        now[0] += 10
        assert patient.connection("open", at=31).status == 200


def test_a_fault_of_ours_is_parked_until_it_is_mended(
    modern: Gateway, plain: Connection, queue: Queue, drain: Drain, instance: Look
) -> None:
    plain.execute("ALTER TABLE webhook_events RENAME TO gone")
    assert parked(modern.connection("open"))
    assert drain() == 1
    plain.execute("ALTER TABLE gone RENAME TO webhook_events")
    assert drain() == 1
    assert instance()["status"] == "connected"


def test_a_doubtful_event_wakes_the_reconciler(
    modern: Gateway, queue: Queue, database_url: str, keyring: Keyring, instance: Look
) -> None:
    checks = queues.create("checks")
    with closing(Database(database_url)) as database:
        waking = replace(modern, door=Door(database, keyring, wakeup=Wakeup(checks.url)))
        waking.connection("connecting", at=0)
        assert waking.connection("open", at=1, delay=600).status == 200
    assert [json.loads(message["Body"]) for message in checks.waiting()] == [{"check": [str(instance()["id"])]}]


@pytest.mark.usefixtures("_aws")
def test_a_wakeup_that_fails_changes_no_answer(
    modern: Gateway, database_url: str, keyring: Keyring, instance: Look
) -> None:
    with closing(Database(database_url)) as database:
        waking = replace(modern, door=Door(database, keyring, wakeup=Wakeup("http://127.0.0.1:9/1/gone")))
        waking.connection("connecting", at=0)
        assert waking.connection("open", at=1, delay=600).json == {"status": "accepted"}
    assert instance()["needs_check"]


# ---------------------------------------------------------------- signed ones


def test_a_signed_event_is_proven_by_what_is_remembered_and_parked(
    plain: Connection, keyring: Keyring, door: Door, away: Callable[[], Any], drain: Drain
) -> None:
    node = nodes.node(plain, keyring, door, "node-1")
    session = nodes.session(plain, node.server_id)
    assert node.tells("session_authenticated", at=0).status == 200
    with away():
        assert parked(node.tells("qr_code_generated", at=60, qr_code=nodes.PICTURE, expires_in=60))
    assert drain() == 1
    row = nodes.row_of(plain, session)
    assert (row["qr_image"], row["qr_at"]) == (nodes.PICTURE, at(60))


def test_one_that_nobody_can_verify_now_is_parked_and_verified_against_its_own_time(
    plain: Connection, keyring: Keyring, door: Door, away: Callable[[], Any], queue: Queue, drain: Drain
) -> None:
    node = nodes.node(plain, keyring, door, "node-1")
    session = nodes.session(plain, node.server_id, status="connected")
    forged = replace(node, secret="guessed")
    with away():
        assert parked(node.tells("session_reconnected", at=1))
        assert parked(forged.tells("session_disconnected", at=2, reason="LOGOUT")), "nobody can tell it now"
    assert drain() == 2
    row = nodes.row_of(plain, session)
    assert (row["status"], row["needs_check"]) == ("connected", True)
    assert [kept["received_at"] for kept in nodes.events(plain)] == [at(1)]
    assert (queue.waiting(), queue.dead()) == ([], [])
    refused = plain.execute("SELECT cause, said_url FROM webhook_refusals WHERE server_id = %s", [node.server_id])
    assert ("forged", node.says) in {(row["cause"], row["said_url"]) for row in refused.fetchall()}


def test_what_is_not_proven_takes_little_of_the_queue(
    plain: Connection,
    keyring: Keyring,
    door: Door,
    away: Callable[[], Any],
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("webhook.keeping.UNPROVEN_A_MINUTE", 3)
    forged = nodes.node(plain, keyring, door, "node-1", says="http://localhost:9")
    with away():
        assert forged.posts(b"{}", signed=-400).status == 401, "outside the window whatever the secret"
        assert forged.posts(b"\xff").status == 401
        assert forged.posts(b'"' + b"x" * 65 * 1024 + b'"').status == 429
        answers = [forged.ready(at=second).status for second in range(8)]
    assert {202, 429} == set(answers)
    assert answers.count(202) <= 2 * 3, "a new minute may begin meanwhile"
    waiting = queue.waiting()
    assert len(waiting) == answers.count(202)
    assert not [word for word in (nodes.SESSION, nodes.NUMBER, forged.secret) if word in json.dumps(waiting)]


class Counting(Database):
    """Counts how often it was asked."""

    asked = 0

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection[Any]]:
        self.asked += 1
        with super().transaction() as connection:
            yield connection


def parked(reply: Reply) -> bool:
    return (reply.status, reply.json) == (202, {"status": "parked"})


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def until(condition: Callable[[], bool]) -> None:
    """At most as often as a queue gives a message out."""
    assert any(condition() for _ in range(queues.MAX_RECEIVES + 2))

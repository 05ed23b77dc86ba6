"""Everything the real servers were seen to send goes through the door; the order of arrival changes nothing."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from sambung.edge.keyring import Keyring
from sambung.store.connection import Connection, Database
from tests import rows
from tests.contract import recordings
from webhook.door import Door

FOLDERS = ["evolution-1.6.0", "evolution-1.8.2", "evolution-2.3.6"]
KEYRING = Keyring([Fernet.generate_key().decode()])
# An overtaken event changes neither error nor number: the next read brings them.
STATE = ("instance_name", "status", "qr_code", "opened_since_pairing", "recent_opens")
AT_ONCE_S = 0.02

pytestmark = pytest.mark.usefixtures("_recordings_present")


@pytest.fixture(scope="session")
def _recordings_present() -> None:
    """Skip without recordings; fail in CI."""
    recordings.require()


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    """A look from outside."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture(params=FOLDERS)
def bodies(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """What one server sent, in the order it happened."""
    found = [dict(hook.body) for hook in recordings.webhooks(request.param)]
    return sorted(found, key=lambda body: str(body.get("date_time")))


def test_every_recorded_webhook_is_taken_once(
    bodies: list[dict[str, Any]], database_url: str, plain: Connection
) -> None:
    server_id = register(plain, bodies)
    first = deliver(database_url, server_id, bodies)
    assert {reply["statusCode"] for reply in first} == {200}
    again = deliver(database_url, server_id, bodies)
    assert {word(reply) for reply in again} == {"duplicate"}
    row = plain.execute("SELECT count(*) AS n FROM webhook_events").fetchone()
    assert row is not None
    assert row["n"] == sum(word(reply) != "duplicate" for reply in first)


def test_no_key_number_or_message_of_a_recording_is_kept(
    bodies: list[dict[str, Any]], database_url: str, plain: Connection
) -> None:
    server_id = register(plain, bodies)
    deliver(database_url, server_id, bodies)
    kept = json.dumps(plain.execute("SELECT facts, event, outcome FROM webhook_events").fetchall())
    secrets = {str(body[name]) for body in bodies for name in ("apikey", "destination", "sender") if body.get(name)}
    assert not [secret for secret in secrets if secret in kept]
    assert "s.whatsapp.net" not in kept


@pytest.mark.parametrize("seed", [0])
def test_overtaken_and_duplicated_they_end_in_the_same_state(
    seed: int, bodies: list[dict[str, Any]], database_url: str, plain: Connection
) -> None:
    server_id = register(plain, bodies)
    deliver(database_url, server_id, bodies)
    in_order = states(plain)
    plain.execute("TRUNCATE webhook_events, status_transitions")
    plain.execute("DELETE FROM wa_sessions")
    for name in names(bodies):
        rows.instance(plain, first_client(plain), server_id, name)
    deliver(database_url, server_id, bodies, random.Random(seed))  # noqa: S311  chance, not secrecy
    assert states(plain) == in_order


def register(plain: Connection, bodies: Sequence[Mapping[str, Any]]) -> UUID:
    """A server with every instance the bodies name."""
    server_id = rows.server(plain, "evo-1")
    for name in names(bodies):
        rows.instance(plain, first_client(plain), server_id, name)
    return server_id


def names(bodies: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted({str(body["instance"]) for body in bodies})


def first_client(plain: Connection) -> UUID:
    row = plain.execute("SELECT id FROM clients").fetchone()
    assert row is not None
    return UUID(str(row["id"]))


def deliver(
    database_url: str, server_id: UUID, bodies: Sequence[Mapping[str, Any]], chance: random.Random | None = None
) -> list[dict[str, Any]]:
    """Each arrives soon after it happened; by `chance` up to 4.5 s later, and three of ten twice."""
    arriving = [(happened(body) + AT_ONCE_S, body) for body in bodies]
    if chance:
        twice = [*bodies, *chance.choices(bodies, k=len(bodies) * 3 // 10)]
        arriving = sorted(
            ((happened(body) + chance.uniform(AT_ONCE_S, 4.5), body) for body in twice), key=itemgetter(0)
        )
    with closing(Database(database_url)) as database:
        door = Door(database, KEYRING)
        return [door.answer(event(server_id, body, at)) for at, body in arriving]


def happened(body: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(str(body["date_time"])).replace(tzinfo=UTC).timestamp()


def event(server_id: UUID, body: Mapping[str, Any], received: float) -> dict[str, Any]:
    return {
        "rawPath": f"/webhooks/{server_id}",
        "headers": {"authorization": f"Bearer {KEYRING.bearer(server_id)}"},
        "requestContext": {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": round(received * 1000)},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def word(reply: Mapping[str, Any]) -> str:
    return str(json.loads(reply["body"])["status"])


def states(plain: Connection) -> list[dict[str, Any]]:
    return plain.execute(f"SELECT {', '.join(STATE)} FROM wa_sessions ORDER BY instance_name".encode()).fetchall()

"""A webhook counts for the server whose secret signed it; what its headers claim decides nothing else."""

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from sambung.edge.keyring import Keyring
from sambung.gateways.signatures import sign
from sambung.store.connection import Connection, Database
from tests.contract import recordings
from tests.functional.webhook import nodes
from tests.functional.webhook.conftest import NOW
from tests.functional.webhook.nodes import SHARED_DOOR, Node, events, row_of
from webhook.door import Door

ACCEPTED = {"status": "accepted"}
Register = Callable[..., Node]


@pytest.fixture
def register(plain: Connection, keyring: Keyring, door: Door) -> Register:
    return lambda name, **more: nodes.node(plain, keyring, door, name, **more)


@pytest.fixture
def one(register: Register) -> Node:
    return register("node-1")


def test_from_code_to_a_checked_session(one: Node, plain: Connection) -> None:
    session = nodes.session(plain, one.server_id)
    code = one.tells("qr_code_generated", qr_code=nodes.PICTURE, expires_in=60, qr_count=1)
    assert (code.status, code.json) == (200, ACCEPTED)
    row = row_of(plain, session)
    assert (row["status"], row["qr_image"], row["qr_life_s"]) == ("connecting", nodes.PICTURE, 60)
    assert (row["webhook_state"], row["webhook_proven"]) == ("ok", True)
    assert one.tells("session_authenticated", at=1).json == ACCEPTED
    assert not row_of(plain, session)["needs_check"]
    assert one.ready(at=2).json == ACCEPTED
    row = row_of(plain, session)
    assert (row["status"], row["needs_check"], row["server_id"]) == ("connecting", True, one.server_id)


@pytest.mark.parametrize(
    ("event", "data", "status", "error", "checked"),
    [
        ("session_disconnected", {"reason": "LOGOUT"}, "disconnected", "logged_out_by_phone", False),
        ("session_disconnected", {"reason": "CONFLICT"}, "connecting", None, False),
        ("session_reconnected", {}, "connected", None, True),
        ("session_error", {"error": "webhook_send_failed", "message": "429"}, "connected", None, True),
        ("session_error", {"error": "phone_extraction_failed"}, "error", "server_error", False),
        ("session_reconnect_failed", {"status": "reconnect_failed"}, "error", "session_ended", False),
        ("message_received", {"message": {"body": "canary"}}, "connected", None, False),
    ],
)
def test_what_a_node_says_of_a_paired_session(
    event: str, data: Mapping[str, object], status: str, error: str, checked: bool, one: Node, plain: Connection
) -> None:
    session = nodes.session(plain, one.server_id, status="connected")
    plain.execute("UPDATE wa_sessions SET opened_since_pairing = true")
    assert one.tells(event, **data).status == 200
    row = row_of(plain, session)
    assert (row["status"], row["error_code"], row["needs_check"]) == (status, error, checked)
    assert "canary" not in json.dumps(events(plain), default=str)


def test_one_that_was_never_paired_is_not_called_logged_out(one: Node, plain: Connection) -> None:
    session = nodes.session(plain, one.server_id)
    one.tells("qr_code_generated", qr_code=nodes.PICTURE, expires_in=60)
    one.tells("session_disconnected", at=1, reason="UNPAIRED")
    row = row_of(plain, session)
    assert (row["status"], row["error_code"], row["qr_image"]) == ("connecting", None, None)


def test_a_session_that_shows_up_elsewhere_is_a_candidate_and_moves_nothing(
    register: Register, plain: Connection
) -> None:
    home, other = register("node-1"), register("node-2")
    session = nodes.session(plain, home.server_id, status="connected")
    other.tells("session_disconnected", reason="LOGOUT")
    assert (row_of(plain, session)["status"], row_of(plain, session)["needs_check"]) == ("connected", False)
    assert other.ready(at=1).json == ACCEPTED
    row = row_of(plain, session)
    assert (row["needs_check"], row["server_id"], row["webhook_proven"]) == (True, home.server_id, False)
    kept = events(plain)[-1]
    assert (kept["server_id"], kept["session_id"], kept["outcome"]) == (other.server_id, session, "foreign_server")


def test_an_event_of_nobody_we_know_is_kept(one: Node, plain: Connection) -> None:
    assert one.ready().json == {"status": "ignored"}
    nodes.session(plain, one.server_id)
    assert one.ready(at=40, workspace=7).json == {"status": "ignored"}, "a session of that name in another workspace"
    assert [kept["outcome"] for kept in events(plain)] == ["unknown_instance"] * 2


def test_of_two_with_one_name_the_senders_own_is_meant_and_else_none(register: Register, plain: Connection) -> None:
    first, second, third = (register(f"node-{n}") for n in (1, 2, 3))
    mine, theirs = (
        nodes.session(plain, first.server_id, "toko"),
        plain.execute("INSERT INTO clients (name) VALUES ('lain') RETURNING id").fetchone(),
    )
    assert theirs is not None
    other = plain.execute(
        "INSERT INTO wa_sessions (client_id, server_id, instance_name) VALUES (%s, %s, 'toko') RETURNING id",
        [theirs["id"], second.server_id],
    ).fetchone()
    assert other is not None
    second.ready(session="toko")
    assert (row_of(plain, other["id"])["needs_check"], row_of(plain, mine)["needs_check"]) == (True, False)
    assert third.ready(session="toko").json == {"status": "ignored"}


def test_nodes_that_share_a_secret_and_no_name_are_told_apart_by_a_check(register: Register, plain: Connection) -> None:
    nodes_ = [register(f"node-{n}", secret="shared", says="http://localhost:3001") for n in (1, 2, 3, 4)]
    session = nodes.session(plain, nodes_[2].server_id, status="connected")
    plain.execute("UPDATE wa_sessions SET opened_since_pairing = true")
    assert nodes_[0].tells("session_disconnected", reason="LOGOUT").json == ACCEPTED
    row = row_of(plain, session)
    assert (row["status"], row["needs_check"], row["server_id"]) == ("disconnected", True, nodes_[2].server_id)
    assert events(plain)[0]["server_id"] == nodes_[2].server_id


def test_a_delivery_that_comes_again_counts_once_and_a_later_twin_counts_again(one: Node, plain: Connection) -> None:
    nodes.session(plain, one.server_id)
    assert [one.ready(at=at).json["status"] for at in (1, 3, 7, 40)] == [
        "accepted",
        "duplicate",
        "duplicate",
        "accepted",
    ]


def test_four_nodes_that_say_the_same_in_one_second_are_four_events(register: Register, plain: Connection) -> None:
    fleet = [register(f"node-{n}", secret="shared", announced=f"http://localhost:300{n}") for n in (1, 2, 3, 4)]
    session = nodes.session(plain, fleet[0].server_id)
    assert [node.ready().json for node in fleet] == [ACCEPTED] * 4
    assert {kept["server_id"] for kept in events(plain)} == {node.server_id for node in fleet}
    assert row_of(plain, session)["server_id"] == fleet[0].server_id


# ---------------------------------------------------------------- the signature


def test_the_recorded_webhooks_are_taken_as_they_were_sent(
    plain: Connection, keyring: Keyring, register: Register
) -> None:
    vectors = recordings.load("webjs", "hmac-vectors.json")
    sender = register("node-2", secret=vectors[0]["secret"], announced="http://localhost:3002")
    for vector in vectors:
        at = int(vector["timestamp"]) * 1000
        changed = {"requestContext": {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": at + 250}}
        reply = sender.posts(vector["raw_body"].encode(), headers=vector["headers"], changed=changed)
        assert reply.json == {"status": "ignored"}
    assert len(events(plain)) == len(vectors)


@pytest.mark.parametrize(("signed", "status"), [(-299, 200), (299, 200), (-301, 401), (301, 401)])
def test_the_window_is_300_seconds(signed: float, status: int, one: Node) -> None:
    assert one.posts(b'{"event":"x","data":{"session_id":"y"}}', signed=signed).status == status


def test_a_time_in_milliseconds_is_as_good(one: Node) -> None:
    body, at = b'{"event":"x","data":{"session_id":"y"}}', str(int(NOW.timestamp() * 1000))
    assert one.posts(body, headers={"X-HMAC-Signature": sign(body, at, one.secret), "X-Timestamp": at}).status == 200


def test_a_secret_is_replaced_without_losing_an_event(
    database_url: str, register: Register, keyring: Keyring, plain: Connection
) -> None:
    now = [0.0]
    with closing(Database(database_url)) as database:
        one = replace(register("node-1"), door=Door(database, keyring, clock=lambda: now[0]))
        assert one.ready().status == 200
        plain.execute(
            "UPDATE servers SET webhook_secret_sealed = %s, previous_webhook_secret_sealed = webhook_secret_sealed",
            [keyring.seal("the new one")],
        )
        new = replace(one, secret="the new one")
        assert new.ready(at=31).status == 200, "known at once"
        assert one.ready(at=62).status == 200
        plain.execute("UPDATE servers SET previous_webhook_secret_sealed = NULL")
        now[0] += 20
        assert one.ready(at=93).status == 401, "a retired one is soon forgotten"
        plain.execute("UPDATE servers SET enabled = false")
        now[0] += 20
        assert new.ready(at=124).status == 401, "so is a server that is switched off"


def test_the_secret_tells_the_sender_where_its_name_does_not(register: Register, plain: Connection) -> None:
    first, second = register("node-1", announced="http://localhost:3001"), register("node-2")
    for says in ("http://localhost:3001", "http://localhost:9", None, "not a url"):
        replace(second, says=says).tells("session_ready", session=f"s-{says}")
    assert {kept["server_id"] for kept in events(plain)} == {second.server_id}
    assert first.ready().status == 200


def test_any_signed_sender_may_use_an_address_of_its_own(register: Register, plain: Connection) -> None:
    node, evolution = register("node-1"), register("evo-1", kind="evolution")
    assert replace(node, path=f"/webhooks/{node.server_id}", says=None).ready().status == 200
    body = b'{"event":"connection.update","instance":"toko-9","data":{"state":"open"}}'
    assert replace(evolution, path=f"/webhooks/{evolution.server_id}").posts(body).json == {"status": "ignored"}
    assert [kept["event"] for kept in events(plain)] == ["connection.update", "session_ready"]
    assert replace(node, path=f"/webhooks/{evolution.server_id}").ready().status == 401
    assert replace(evolution, path=SHARED_DOOR).ready().status == 401, "that door is the nodes' alone"


# ---------------------------------------------------------------- who proves nothing


def test_every_failure_is_answered_alike_and_seen_by_the_operator(one: Node, plain: Connection) -> None:
    body = b'{"event":"session_ready","data":{"session_id":"x"}}'
    at = str(int(NOW.timestamp()))
    right = {"X-HMAC-Signature": sign(body, at, one.secret), "X-Timestamp": at}
    claims: list[dict[str, str]] = [
        {},
        {"X-Timestamp": at},
        {"X-HMAC-Signature": right["X-HMAC-Signature"]},
        {**right, "X-HMAC-Signature": "0" * 64},
        {**right, "X-HMAC-Signature": right["X-HMAC-Signature"] + ", " + right["X-HMAC-Signature"]},
        {**right, "X-HMAC-Signature": "ключ"},
        {**right, "X-HMAC-Signature": "f" * 1_000_000},
        {**right, "X-Timestamp": "9" * 1_000_000},
        {**right, "X-Timestamp": str(int(at) + 1)},
        {**right, "X-Timestamp": "-1"},
    ]
    replies = [one.posts(body, headers={**claim, "X-Instance-Url": one.says or ""}) for claim in claims]
    replies.append(one.posts(body, headers={"Authorization": "Bearer x"}))
    replies.append(one.posts(body, headers=right, changed={"headers": {**right, "x-hmac-signature": "1"}}))
    assert {(reply.status, reply.text) for reply in replies} == {(401, replies[0].text)}
    assert events(plain) == []
    told = plain.execute("SELECT said_url, server_id, sum(refused) AS n FROM webhook_refusals GROUP BY 1, 2").fetchall()
    assert (one.says, one.server_id) in {(row["said_url"], row["server_id"]) for row in told}


HOSTILE = [
    "http://localhost:3001@evil.example",
    "http://evil.example\\@localhost:3001",
    "http://user:pw@localhost:3001",
    "http://localhost.:3001",
    "http://localhost。:3001",
    "http://127.1:3001",
    "http://0x7f.1:3001",
    "http://2130706433:3001",
    "http://[::ffff:7f00:1]:3001",
    "http://localhost:0",
    "http://localhost:99999",
    "http://169.254.169.254/latest/meta-data",
    "http://localhost:3001/../x?y#z",
    "HTTP://LOCALHOST:3001",
    "javascript:alert(1)",
    "x" * 1_000_000,
    "http://localhost:3001, http://localhost:3002",
    "",
]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Python code connects to or looks up; the database's own library does neither through it."""
    seen: list[Any] = []

    def record(*args: Any, **_: Any) -> None:
        seen.append(args)
        raise OSError("not in this test")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, record)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, record)
    return seen


def test_no_claimed_address_misleads_fails_or_is_called(
    register: Register, plain: Connection, dialled: list[Any]
) -> None:
    home = register("node-1", announced="http://localhost:3001")
    stranger = register("node-2", announced="http://localhost:3002")
    session = nodes.session(plain, home.server_id, status="connected")
    forged = replace(home, secret="guessed")
    for number, url in enumerate(HOSTILE):
        at = number * 60.0
        assert replace(stranger, says=url).ready(at=at).status == 200, url[:60]
        assert replace(forged, says=url).ready(at=at).status == 401, url[:60]
    row = row_of(plain, session)
    assert (row["server_id"], row["status"], row["webhook_proven"]) == (home.server_id, "connected", False)
    assert {kept["server_id"] for kept in events(plain)} == {stranger.server_id}
    assert dialled == []


def test_a_header_that_comes_twice_names_nobody(register: Register, plain: Connection) -> None:
    register("node-1", announced="http://localhost:3001")
    second = register("node-2", announced="http://localhost:3002")
    body, at = b'{"event":"x","data":{"session_id":"y"}}', str(int(NOW.timestamp()))
    headers = {"x-hmac-signature": sign(body, at, second.secret), "x-timestamp": at}
    twice = {**headers, "x-instance-url": "http://localhost:3001", "X-Instance-Url": "http://localhost:3002"}
    half = {**headers, "x-instance-url": "http://localhost:3001\ud800"}
    for sent in (twice, half):
        assert second.posts(body, headers=headers, changed={"headers": sent}).status == 200
    assert {kept["server_id"] for kept in events(plain)} == {second.server_id}


def test_what_can_never_be_read_is_told_so_to_who_may_speak(one: Node) -> None:
    for body in (b"", b"{", b"[]", b'{"event":"x"}', b"\xff", b'{"event":"x","data":{"session_id":"\\u0000"}}'):
        assert one.posts(body).status == 422
        assert replace(one, secret="guessed").posts(body).status == 401

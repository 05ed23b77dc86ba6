"""A node that starts is told which sessions are ours, if its key is registered; what it fails at is looked into."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sambung.edge.keyring import Keyring
from sambung.store.connection import Connection
from tests import postgres
from tests.contract import recordings
from tests.functional.webhook import nodes
from tests.functional.webhook.nodes import NUMBER, SESSION, Node, row_of
from webhook.door import Door

ACTIVE = "/api/whatsapp/accounts/active"
MARK = "/api/whatsapp/sessions/{}/mark-disconnected"
Register = Callable[..., Node]


@pytest.fixture
def register(plain: Connection, keyring: Keyring, door: Door) -> Register:
    return lambda name, **more: nodes.node(plain, keyring, door, name, **more)


def test_a_node_is_told_our_sessions_in_the_recorded_shape(register: Register, plain: Connection) -> None:
    first, second, evolution = register("node-1"), register("node-2"), register("evo-1", kind="evolution")
    nodes.session(plain, first.server_id, status="connected")
    plain.execute("UPDATE wa_sessions SET phone_number = %s", [NUMBER])
    nodes.session(plain, second.server_id, "webjs_7_2_new", status="connecting")
    nodes.session(plain, evolution.server_id, "toko-1", status="connected")
    for name, column, value in (("parked", "desired", "parked"), ("gone", "error_code", "logged_out_by_phone")):
        nodes.session(plain, first.server_id, name)
        plain.execute(f"UPDATE wa_sessions SET {column} = %s WHERE instance_name = %s", [value, name])
    reply = first.asks("GET", ACTIVE)
    assert reply.status == 200
    found = {one["session_id"]: one for one in reply.json["sessions"]}
    assert {name: one["workspace_id"] for name, one in found.items()} == {SESSION: 1, "webjs_7_2_new": 7}
    assert (found[SESSION]["phone_number"], found[SESSION]["status"]) == (NUMBER, "connected")
    assert reply.json["count"] == 2
    asked = next(one for one in recordings.load("webjs", "restoration.json") if "accounts_active_answer" in one)
    recorded = asked["accounts_active_answer"]
    assert reply.json.keys() == recorded.keys()
    for one in reply.json["sessions"]:
        assert {key: type(value) for key, value in one.items() if value is not None}.items() <= {
            key: type(value) for key, value in recorded["sessions"][0].items()
        }.items()
        assert one.keys() == recorded["sessions"][0].keys()


def test_without_a_nodes_own_key_nothing_is_told(register: Register, plain: Connection) -> None:
    node, evolution = register("node-1"), register("evo-1", kind="evolution")
    nodes.session(plain, node.server_id)
    headers = [{}, *({"X-API-Key": key} for key in ("", "wrong", evolution.api_key, node.secret, "é", "x" * 10**6))]
    twice = {"x-api-key": node.api_key, "X-API-Key": node.api_key}
    asked = [node.asks("GET", ACTIVE, headers=sent) for sent in headers]
    asked.append(node.asks("GET", ACTIVE, changed={"headers": twice}))
    asked += [node.asks("POST", MARK.format(SESSION), b"{}", headers=sent) for sent in headers]
    assert {(reply.status, reply.text) for reply in asked} == {(401, asked[0].text)}
    plain.execute("UPDATE servers SET enabled = false")
    assert node.asks("GET", ACTIVE).status == 401
    assert plain.execute("SELECT count(*) AS n FROM webhook_refusals").fetchone() != {"n": 0}


def test_a_mark_is_only_a_reason_to_check(register: Register, plain: Connection) -> None:
    node, other = register("node-1"), register("node-2")
    session = nodes.session(plain, node.server_id, status="connected")
    body = b'{"workspace_id":1,"reason":"Failed to launch the browser process! canary"}'
    assert other.asks("POST", MARK.format(SESSION), body).json == {"status": "ignored"}
    assert not row_of(plain, session)["needs_check"]
    assert node.asks("POST", MARK.format(SESSION), body).json == {"status": "accepted"}
    assert (row_of(plain, session)["status"], row_of(plain, session)["needs_check"]) == ("connected", True)
    assert "canary" not in str(nodes.events(plain))


@pytest.mark.parametrize(
    ("session", "body", "status"),
    [
        ("bad%20id", b'{"workspace_id":1,"reason":"Invalid clientId"}', 200),
        ("%ff%00", b"{}", 422),
        (SESSION, b"[]", 422),
        ("x" * 3000, b"{}", 422),
    ],
)
def test_a_mark_of_what_we_do_not_have_harms_nothing(
    session: str, body: bytes, status: int, register: Register
) -> None:
    assert register("node-1").asks("POST", MARK.format(session), body).status == status


def test_while_the_database_is_away_a_node_is_asked_to_come_again(
    cluster: postgres.Cluster, register: Register, plain: Connection
) -> None:
    node = register("node-1")
    with cluster.out_of_reach(plain):
        for reply in (node.asks("GET", ACTIVE), node.asks("POST", MARK.format(SESSION), b"{}")):
            assert (reply.status, "retry-after" in reply.headers) == (429, True)


def test_nodes_that_share_a_key_may_all_speak(register: Register, plain: Connection) -> None:
    first, second = register("node-1", api_key="one for all"), register("node-2", api_key="one for all")
    session = nodes.session(plain, second.server_id, status="connected")
    assert replace(first, api_key="one for all").asks("POST", MARK.format(SESSION), b"{}").json["status"] == "accepted"
    assert row_of(plain, session)["needs_check"]

"""A webjs node is managed by the same calls; what it cannot do is refused in words that say what helps instead."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from sambung.edge.wiring import Parts
from sambung.store import refusals
from sambung.store.refusals import Refused
from simulator.process import SimulatorProcess
from tests.calling import Api

SECRET, NUMBER = "canary-hmac-secret", "62811801641"


@pytest.fixture(scope="module")
def node() -> Iterator[SimulatorProcess]:
    """A node that nobody hears: what is seen of it is read."""
    with SimulatorProcess("1", kind="webjs", api_key="canary-node-key", speed=100) as running:
        running.control("settings", {"qr_refresh_s": 3600})
        yield running
        running.control("process-restart")


@pytest.fixture
def server(api: Api, node: SimulatorProcess) -> Iterator[dict[str, Any]]:
    reply = api.post(
        "/api/servers",
        {
            "name": "node-1",
            "kind": "webjs",
            "base_url": node.url,
            "api_key": node.api_key,
            "webhook_secret": SECRET,
            "announced_url": "http://localhost:3001",
        },
    )
    assert reply.status == 201, reply.text
    added: dict[str, Any] = reply.json
    yield added
    for name in node.instances():
        node.control(f"sessions/{name}/vanish")


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends, "it never came to that"
        time.sleep(0.05)


def test_adding_a_node_says_what_it_must_be_told(api: Api, server: dict[str, Any]) -> None:
    assert (server["reachable"], server["key_accepted"], server["version"]) == (True, True, "1.0.0")
    assert server["setup"]["LARAVEL_URL"] == "http://127.0.0.1:8400"
    assert (server["setup"]["PORT"], "pm2" in server["setup"]["restart"]) == ("3001", True)
    assert {"HMAC_SECRET", "API_KEY"} <= server["setup"].keys()
    assert (server["has_webhook_secret"], server["warnings"]) == (True, [])
    assert "canary" not in str(server)
    assert api.post(f"/api/servers/{server['id']}/check").json["reachable"] is True


def test_a_node_without_a_secret_is_warned_of_and_a_port_is_told_of_any_address(api: Api) -> None:
    body = {"name": "far", "kind": "webjs", "base_url": "http://127.0.0.1:9", "api_key": "k"}
    far = api.post("/api/servers", {**body, "announced_url": "https://wa.example"}).json
    assert ([one["code"] for one in far["warnings"]], far["setup"]["PORT"]) == (["webhook_refused"], "443")
    assert (far["reachable"], far["unreachable_cause"]) == (False, "refused")
    assert api.get("/api/servers").json["refused_webhooks"] == []
    moved = api("PATCH", f"/api/servers/{far['id']}", {"announced_url": "http://localhost:3009"}).json
    assert moved["announced_url"] == "http://localhost:3009"


def test_a_secret_can_be_replaced_and_asking_twice_keeps_the_one_before(
    api: Api, server: dict[str, Any], parts: Parts
) -> None:
    def kept() -> list[str | None]:
        with parts.database.transaction() as connection:
            row = connection.execute(
                "SELECT webhook_secret_sealed, previous_webhook_secret_sealed FROM servers WHERE id = %s",
                [server["id"]],
            ).fetchone()
        assert row is not None
        return [sealed and parts.keyring.unseal(sealed) for sealed in row.values()]

    path = f"/api/servers/{server['id']}"
    for _ in range(2):
        assert api("PATCH", path, {"webhook_secret": "new"}).status == 200
        assert kept() == ["new", SECRET]
    assert api("PATCH", path, {"retire_previous_secret": True}).status == 200
    assert kept() == ["new", None]


def test_from_creation_to_connected_to_gone(
    api: Api, node: SimulatorProcess, server: dict[str, Any], create: Callable[..., dict[str, Any]]
) -> None:
    made = create("cerita", number="0811801641")
    one = f"/api/instances/{made['id']}"
    assert made["status"] == "connecting"
    assert made["qr"]["image"].startswith("data:image/png")
    shown = api.get(f"{one}/qr").json["qr"]
    lives = datetime.fromisoformat(shown["expires_at"]) - datetime.fromisoformat(shown["received_at"])
    assert lives.total_seconds() == 60
    again = api.post(f"{one}/connect").json
    assert (again["already_connected"], again["qr"]["image"]) == (False, made["qr"]["image"])

    node.control("sessions/cerita/pair", {"number": NUMBER})
    until(lambda: bool(node.instances()["cerita"]["connected"]))
    found = api.post(f"{one}/connect").json
    assert (found["already_connected"], found["status"], found["phone_number"]) == (True, "connected", NUMBER)
    assert api.get(f"{one}/qr").json == {"qr": None, "reason": "connected"}
    listed = api.get(f"/api/servers/{server['id']}/instances").json["items"]
    assert [(row["instance_name"], row["state"], row["managed"]) for row in listed] == [("cerita", "connected", True)]

    told = api.get(f"{one}/diagnosis")
    assert told.status == 200
    assert (told.json["reason"], told.json["facts"]["memory"]["value"]) == (None, "connected")

    gone = api("DELETE", one)
    assert (gone.status, gone.json["verified"]) == (200, "absent"), gone.text
    assert (node.instances(), api.get(one).status) == ({}, 404)


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("restart", None, "no restart"),
        ("logout", None, "no logout"),
        ("set-webhook", None, "one webhook for all"),
        ("set-webhook", {"leave": True}, "one webhook for all"),
        ("connect", {"number": "0812345678"}, "no pairing codes"),
    ],
)
def test_what_a_node_cannot_do_is_refused_with_what_helps(
    path: str, body: object, says: str, api: Api, create: Callable[..., dict[str, Any]]
) -> None:
    made = create("toko")
    reply = api.post(f"/api/instances/{made['id']}/{path}", body)
    assert (reply.status, reply.json["code"]) == (422, "invalid_request"), reply.text
    assert says in reply.json["title"]
    assert api.get(f"/api/instances/{made['id']}").json["open_operation"] is None


def test_recreate_makes_the_session_anew(
    api: Api, node: SimulatorProcess, create: Callable[..., dict[str, Any]]
) -> None:
    made = create("lagi")
    node.control("sessions/lagi/vanish")
    done = api.post(f"/api/instances/{made['id']}/recreate")
    assert (done.status, done.json["ok"], done.json["status"]) == (200, True, "connecting"), done.text
    assert done.json["qr"]["image"].startswith("data:image/png")
    assert api.post(f"/api/instances/{made['id']}/release").status == 200
    assert "lagi" in node.instances(), "released, and left alive there"


def test_what_lives_on_a_node_is_taken_in_and_a_name_no_call_can_reach_is_not(
    api: Api, node: SimulatorProcess, server: dict[str, Any], client_id: str
) -> None:
    node.control("sessions/webjs_1_17_abc/appear", {"number": NUMBER})
    asked = {"client_id": client_id, "server_id": server["id"]}
    done = api.post("/api/instances/sync", asked).json
    assert ([one["instance_name"] for one in done["synced"]], done["failed"]) == (["webjs_1_17_abc"], [])
    item = api.get("/api/instances").json["items"][0]
    assert (item["status"], item["phone_number"], item["webhook"]["state"]) == ("connected", NUMBER, "unknown")
    assert [one["instance_name"] for one in api.post("/api/instances/sync", asked).json["existing"]] == [
        "webjs_1_17_abc"
    ]


def test_the_wizard_leads_through_what_a_node_has(
    api: Api, node: SimulatorProcess, create: Callable[..., dict[str, Any]]
) -> None:
    one = f"/api/instances/{create('wisaya')['id']}/reconnect"

    def step(name: str) -> tuple[str, str]:
        taken = api.post(one, {"step": name})
        assert taken.status == 200, taken.text
        return taken.json["outcome"], taken.json["next_step"]

    assert [step(name) for name in ("check", "webhook", "restart", "qr")] == [
        ("ok", "webhook"),
        ("waiting", "restart"),
        ("ok", "qr"),
        ("ok", "scan"),
    ]
    node.control("sessions/wisaya/pair", {"number": NUMBER})
    until(lambda: bool(node.instances()["wisaya"]["connected"]))
    assert [step(name) for name in ("restart", "qr")] == [("skipped", "qr"), ("ok", "done")]


def test_a_namesake_that_lives_there_already_is_left_alone(
    api: Api, node: SimulatorProcess, server: dict[str, Any], client_id: str
) -> None:
    node.control("sessions/milik-lain/appear", {"number": NUMBER})
    body = {"client_id": client_id, "instance_name": "milik-lain", "server_id": server["id"]}
    reply = api.post("/api/instances", body)
    assert (reply.status, reply.json["code"]) == (409, "instance_exists")
    assert node.instances()["milik-lain"]["connected"]
    assert api.get("/api/instances").json["items"] == []


def test_a_name_is_one_session_on_all_nodes(
    api: Api, node: SimulatorProcess, create: Callable[..., dict[str, Any]], client_id: str
) -> None:
    made = create("bersama")
    with SimulatorProcess("1", kind="webjs", api_key="other-key", speed=100) as other:
        body = {"name": "node-2", "kind": "webjs", "base_url": other.url, "api_key": "other-key"}
        second = api.post("/api/servers", body).json["id"]
        lain = api.post("/api/clients", {"name": "lain"}).json["id"]
        again = api.post("/api/instances", {"client_id": lain, "instance_name": "bersama", "server_id": second})
        assert (again.status, again.json["code"], other.instances()) == (409, "instance_exists", {})
        other.control("sessions/bersama/appear", {"number": NUMBER})
        done = api.post("/api/instances/sync", {"client_id": lain, "server_id": second}).json
        assert ([one["instance_id"] for one in done["existing"]], done["synced"]) == ([made["id"]], [])
        listed = api.get(f"/api/servers/{second}/instances").json["items"]
        assert [(row["managed"], row["instance_id"]) for row in listed] == [(True, made["id"])]


def test_a_node_whose_secret_does_not_fit_is_warned_of(api: Api, server: dict[str, Any], parts: Parts) -> None:
    said = Refused("forged", "http://localhost:3001", None, 3, parts.now())
    with parts.database.transaction() as connection:
        refusals.add(connection, [said, replace(said, said_url="http://localhost:9", count=1)])
    page = api.get("/api/servers").json
    told = {one["said_url"]: (one["server_id"], one["count"]) for one in page["refused_webhooks"]}
    assert told == {"http://localhost:3001": (server["id"], 3), "http://localhost:9": (None, 1)}
    assert [one["code"] for one in page["items"][0]["warnings"]] == ["webhook_refused"]
    assert "3 times" in page["items"][0]["warnings"][0]["detail"]

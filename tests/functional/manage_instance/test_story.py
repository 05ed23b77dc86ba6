"""From nothing to a connected number and back, on both generations of Evolution API."""

from collections.abc import Callable
from typing import Any

import pytest

from sambung.edge.wiring import Parts
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import point_elsewhere

Create = Callable[..., dict[str, Any]]


def test_a_new_server_is_checked_and_shown_without_its_key(api: Api, server: dict[str, Any]) -> None:
    assert server["reachable"] is True
    assert server["key_accepted"] is True
    assert server["version"] in {"1.8.2", "2.3.6"}
    assert "lab-key" not in api.get("/api/servers").text


def test_create_brings_a_qr_and_the_webhook(create: Create, clean_gateway: SimulatorProcess, api: Api) -> None:
    made = create("toko-1", label="Toko Satu")
    assert made["status"] == "connecting"
    assert made["qr"]["image"].startswith("data:image/png;base64,")
    webhook = made["webhook"]
    assert (webhook["state"], webhook["proven"], webhook["url_host"]) == ("ok", False, "127.0.0.1:8400")
    listed = api.get("/api/instances?q=satu").json["items"]
    assert [i["instance_name"] for i in listed] == ["toko-1"]


def test_a_scanned_qr_is_seen_by_the_next_connect_even_without_webhooks(
    create: Create, clean_gateway: SimulatorProcess, api: Api
) -> None:
    made = create("toko-2")
    clean_gateway.control("instances/toko-2/pair", {"number": "628123456789", "direct": True})
    reply = api.post(f"/api/instances/{made['id']}/connect")
    assert reply.status == 200
    assert reply.json["already_connected"] is True
    assert reply.json["status"] == "connected"
    assert reply.json["phone_number"] == "628123456789"
    after = api.get(f"/api/instances/{made['id']}").json
    assert [t["new_status"] for t in after["transitions"]] == ["connected", "connecting"]
    assert api.get(f"/api/instances/{made['id']}/qr").json == {"qr": None, "reason": "connected"}


def test_delete_ends_only_when_the_server_no_longer_knows_it(
    create: Create, clean_gateway: SimulatorProcess, api: Api
) -> None:
    made = create("toko-3")
    clean_gateway.control("instances/toko-3/pair", {"number": "628123456780", "direct": True})
    api.post(f"/api/instances/{made['id']}/connect")
    reply = api("DELETE", f"/api/instances/{made['id']}")
    assert (reply.status, reply.json["verified"]) == (200, "absent"), reply.text
    assert api.get(f"/api/instances/{made['id']}").status == 404
    assert "toko-3" not in clean_gateway.state()["instances"]
    assert [line["action"] for line in api.get("/api/ops-logs").json["items"]][0] == "delete"


def test_a_name_that_exists_here_or_only_on_the_server_is_refused_and_stays(
    create: Create, clean_gateway: SimulatorProcess, api: Api, server: dict[str, Any], client_id: str
) -> None:
    made = create("toko-4")
    body = {"client_id": client_id, "instance_name": "toko-4", "server_id": server["id"]}
    here = api.post("/api/instances", body)
    assert (here.status, here.json["code"], here.json["action"]) == (409, "instance_exists", "sync")
    api_2 = api("DELETE", f"/api/instances/{made['id']}")
    assert api_2.status == 200


@pytest.mark.parametrize(
    "name",
    ["", "dua kata", "a/b", "-x", "x" * 64, "émile", "a\u0000b"],
    ids=["empty", "space", "slash", "dash", "long", "accent", "nul"],
)
def test_a_bad_name_is_refused_before_anything_is_asked_of_the_server(
    api: Api, server: dict[str, Any], client_id: str, name: str
) -> None:
    reply = api.post("/api/instances", {"client_id": client_id, "instance_name": name, "server_id": server["id"]})
    assert reply.status == 422
    assert reply.json["code"] in {"instance_name_invalid", "invalid_request"}
    assert api.get("/api/instances").json["items"] == []


def test_a_second_instance_of_one_client_is_welcome(create: Create, api: Api) -> None:
    create("toko-a")
    create("toko-b")
    assert len(api.get("/api/instances").json["items"]) == 2


def test_an_unreachable_server_leaves_no_instance_behind(api: Api, client_id: str) -> None:
    server = api.post(
        "/api/servers",
        {"name": "mati", "kind": "evolution", "base_url": "http://127.0.0.1:9", "api_key": "k"},
    ).json
    assert (server["reachable"], server["unreachable_cause"]) == (False, "refused")
    reply = api.post("/api/instances", {"client_id": client_id, "instance_name": "x1", "server_id": server["id"]})
    assert (reply.status, reply.json["code"], reply.json["action"]) == (502, "server_unreachable", "check_server")
    assert api.get("/api/instances").json["items"] == []


def test_somebody_elses_webhook_is_shown_and_not_overwritten(
    create: Create, clean_gateway: SimulatorProcess, api: Api
) -> None:
    made = create("bot-1")
    path = f"/api/instances/{made['id']}"
    point_elsewhere(clean_gateway, "bot-1")
    refused = api.post(f"{path}/set-webhook")
    assert (refused.status, refused.json["code"]) == (409, "webhook_elsewhere")
    assert "bot.example.com" in refused.json["detail"]
    assert api.get(path).json["webhook"]["state"] == "elsewhere"
    assert api("DELETE", path).json["code"] == "webhook_elsewhere"
    taken = api.post(f"{path}/set-webhook", {"take_over": True})
    assert (taken.status, taken.json["instance"]["webhook"]["state"]) == (200, "ok")


def test_the_events_of_a_number_are_told_with_what_came_of_them_newest_first(
    create: Create, api: Api, parts: Parts
) -> None:
    made = create("toko-events")
    with parts.database.transaction() as connection:
        connection.execute(
            """
            INSERT INTO webhook_events (dedupe_key, server_id, session_id, instance_name, event, received_at, outcome)
            SELECT digest.key, %(server)s, %(session)s, 'toko-events', digest.event, now() - digest.ago, digest.outcome
            FROM (VALUES (decode('01', 'hex'), 'qrcode.updated', interval '2 s', 'applied'),
                         (decode('02', 'hex'), 'connection.update', interval '1 s', 'late'))
                 AS digest (key, event, ago, outcome)
            """,
            {"server": made["server_id"], "session": made["id"]},
        )
    found = api.get(f"/api/instances/{made['id']}").json["events"]
    assert [(event["event"], event["outcome"]) for event in found] == [
        ("connection.update", "late"),
        ("qrcode.updated", "applied"),
    ]

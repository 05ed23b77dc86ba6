"""Every action ends with a read-back: what it says is what the server is seen to be, lies and refusals included."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sambung.edge.wiring import Parts
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import create_there, delete_there, point_elsewhere

Create = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for comes soon, or never."""
    monkeypatch.setattr("manage_instance.connecting.RETRY_AFTER_S", (0.05, 0.05, 0.05))
    monkeypatch.setattr("manage_instance.ending.CLOSED_WITHIN_S", 1.0)
    monkeypatch.setattr("manage_instance.ending.STAYS_CLOSED_FOR_S", 0.1)
    monkeypatch.setattr("manage_instance.restarting.BACK_WITHIN_S", 1.5)
    monkeypatch.setattr("manage_instance.acting.POLL_S", 0.05)
    monkeypatch.setattr("manage_instance.ending.POLL_S", 0.05)
    monkeypatch.setattr("manage_instance.proving.PROOF_WITHIN_S", 0.3)


@pytest.fixture
def connected(create: Create, clean_gateway: SimulatorProcess, api: Api) -> Create:
    """Creates an instance whose number is connected, and known to be."""

    def made(name: str, number: str = "628123456789") -> dict[str, Any]:
        instance = create(name)
        clean_gateway.control(f"instances/{name}/pair", {"number": number, "direct": True})
        assert api.post(f"/api/instances/{instance['id']}/connect").json["already_connected"] is True
        return instance

    return made


def act(api: Api, instance: dict[str, Any], action: str, body: object = None, status: int = 200) -> Any:
    reply = api.post(f"/api/instances/{instance['id']}/{action}", body)
    assert reply.status == status, reply.text
    return reply.json


def shown(api: Api, instance: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/instances/{instance['id']}").json
    return found


def memory(gateway: SimulatorProcess, name: str) -> str | None:
    found: str | None = gateway.instances()[name]["memory"]
    return found


def test_a_restart_is_done_when_the_session_is_open_again(
    connected: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = connected("mulai-1")
    done = act(api, made, "restart")
    assert (done["ok"], done["verified"], done["status"]) == (True, "open", "connected")
    assert memory(clean_gateway, "mulai-1") == "open"


def test_a_closed_instance_is_never_restarted_and_says_to_connect(
    connected: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = connected("mulai-2")
    act(api, made, "logout")
    refused = act(api, made, "restart", status=409)
    assert (refused["code"], refused["action"]) == ("not_connected", "connect")
    asked = [r["path"] for r in clean_gateway.state()["requests"] if "mulai-2" in r["path"]]
    assert not [path for path in asked if "/restart/" in path]


def test_a_restart_that_lies_is_not_believed(connected: Create, api: Api, clean_gateway: SimulatorProcess) -> None:
    made = connected("mulai-3")
    clean_gateway.control("faults", {"lie": True, "routes": ["restart"]})
    refused = act(api, made, "restart", status=502)
    assert refused["code"] == "server_error"
    after = shown(api, made)
    assert (after["status"], after["operations"][0]["state"]) == ("connected", "needs_operator")


def test_a_logout_is_done_when_it_stays_closed_and_again_when_it_already_was(
    connected: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = connected("keluar-1")
    for _ in range(2):
        done = act(api, made, "logout")
        assert (done["ok"], done["verified"], done["status"]) == (True, "close", "disconnected")
        assert done["instance"]["last_error"] is None
    assert memory(clean_gateway, "keluar-1") == "close"


def test_a_logout_whose_success_nobody_sees_is_not_confirmed(
    connected: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = connected("keluar-2")
    clean_gateway.control("instances/keluar-2/offline", {"on": True, "drop": False})
    reply = api.post(f"/api/instances/{made['id']}/logout").json
    real = memory(clean_gateway, "keluar-2")
    if real == "close":  # 1.x closes its side without WhatsApp
        assert reply["ok"] is True
    else:
        assert (reply["ok"], reply["detail"]["code"]) == (False, "action_not_confirmed")
        assert shown(api, made)["status"] == "connected"
    clean_gateway.control("instances/keluar-2/offline", {"on": False})


def test_recreate_makes_a_new_life_with_its_webhook_and_a_qr(
    connected: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = connected("ulang-1")
    before = clean_gateway.state()["instances"]["ulang-1"]
    done = act(api, made, "recreate")
    assert (done["ok"], done["verified"], done["status"]) == (True, "qr", "connecting")
    assert done["qr"]["code"]
    assert done["instance"]["webhook"]["state"] == "ok"
    assert done["instance"]["phone_number"] is None
    assert before != clean_gateway.state()["instances"]["ulang-1"]


def test_recreate_brings_back_what_the_server_forgot(create: Create, api: Api, clean_gateway: SimulatorProcess) -> None:
    made = create("ulang-2")
    delete_there(clean_gateway, "ulang-2")
    assert act(api, made, "connect", status=404)["action"] == "recreate"
    done = act(api, made, "recreate")
    assert (done["status"], done["instance"]["last_error"]) == ("connecting", None)
    assert memory(clean_gateway, "ulang-2") == "connecting"


def test_recreate_leaves_somebody_elses_webhook_as_it_was(
    create: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = create("ulang-3")
    point_elsewhere(clean_gateway, "ulang-3")
    done = act(api, made, "recreate")
    assert (done["instance"]["webhook"]["state"], done["instance"]["webhook"]["url_host"]) == (
        "elsewhere",
        "bot.example.com",
    )


def test_release_forgets_it_here_and_leaves_it_alive_there_without_our_webhook(
    connected: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = connected("lepas-1")
    done = act(api, made, "release")
    assert (done["ok"], done["verified"], done["instance"]) == (True, "released", None)
    assert api.get(f"/api/instances/{made['id']}").status == 404
    assert memory(clean_gateway, "lepas-1") == "open"


def test_release_needs_no_server_that_answers(create: Create, api: Api, clean_gateway: SimulatorProcess) -> None:
    made = create("lepas-2")
    clean_gateway.control("faults", {"status": 503})
    for _ in range(5):
        act(api, made, "connect", status=502)
    assert act(api, made, "release")["ok"] is True
    assert api.get("/api/instances").json["items"] == []


def test_what_stood_where_our_webhook_stands_can_be_put_back(
    create: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = create("alih-1")
    point_elsewhere(clean_gateway, "alih-1")
    theirs = webhook_of(clean_gateway, "alih-1")
    taken = act(api, made, "set-webhook", {"take_over": True})
    assert taken["verified"] == "set, not proven yet"
    assert taken["instance"]["webhook"]["previous_host"] == "bot.example.com"
    back = act(api, made, "set-webhook", {"restore_previous": True})
    assert back["instance"]["webhook"]["state"] == "elsewhere"
    assert webhook_of(clean_gateway, "alih-1") == theirs
    again = act(api, made, "set-webhook", {"restore_previous": True}, status=409)
    assert again["code"] == "conflict"


def test_a_foreign_webhook_may_be_left_or_heard_of_by_the_global_one(
    create: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = create("alih-2")
    point_elsewhere(clean_gateway, "alih-2")
    theirs = webhook_of(clean_gateway, "alih-2")
    left = act(api, made, "set-webhook", {"leave": True})
    assert (left["instance"]["webhook"]["policy"], left["instance"]["webhook"]["state"]) == ("leave", "elsewhere")
    heard = act(api, made, "set-webhook", {"use_global": True})
    assert heard["setup"]["WEBHOOK_GLOBAL_URL"].startswith("http://127.0.0.1:8400/webhooks/")
    assert heard["instance"]["webhook"]["policy"] == "global"
    assert webhook_of(clean_gateway, "alih-2") == theirs
    both = act(api, made, "set-webhook", {"leave": True, "take_over": True}, status=422)
    assert both["code"] == "invalid_request"


def test_a_connected_number_proves_its_webhook_by_a_message_to_itself_alone(
    connected: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = connected("bukti-1", "628123450001")
    act(api, made, "set-webhook")
    sent = [r for r in clean_gateway.state()["requests"] if "sendText/bukti-1" in r["path"]]
    assert len(sent) == 1
    act(api, made, "set-webhook", {"test": False})
    assert len([r for r in clean_gateway.state()["requests"] if "sendText/bukti-1" in r["path"]]) == 1


def test_sync_takes_in_what_lives_there_once_and_tells_of_each(
    create: Create, api: Api, clean_gateway: SimulatorProcess, server: dict[str, Any], client_id: str
) -> None:
    create("sudah-ada")
    for name in ("baru-1", "baru 2", " tak bisa "):
        create_there(clean_gateway, name)
    point_elsewhere(clean_gateway, "baru-1")
    body = {"client_id": client_id, "server_id": server["id"]}
    first = api.post("/api/instances/sync", body).json
    assert names(first["synced"]) == ["baru 2", "baru-1"]
    assert names(first["existing"]) == ["sudah-ada"]
    assert [(s["instance_name"], s["error"]["code"]) for s in first["skipped"]] == [
        (" tak bisa ", "instance_name_invalid")
    ]
    again = api.post("/api/instances/sync", body).json
    assert (again["synced"], names(again["existing"])) == ([], ["baru 2", "baru-1", "sudah-ada"])
    kept = {i["instance_name"]: i["webhook"]["state"] for i in api.get("/api/instances").json["items"]}
    assert kept == {"baru-1": "elsewhere", "baru 2": "ok", "sudah-ada": "ok"}


def test_sync_by_name_says_what_is_not_there_and_a_server_that_is_away_fails_alone(
    api: Api, clean_gateway: SimulatorProcess, server: dict[str, Any], client_id: str
) -> None:
    create_there(clean_gateway, "ada")
    dead = {"name": "mati", "kind": "evolution", "base_url": "http://127.0.0.1:9", "api_key": "k"}
    api.post("/api/servers", dead)
    every = api.post("/api/instances/sync", {"client_id": client_id}).json
    assert names(every["synced"]) == ["ada"]
    assert [(f["instance_name"], f["error"]["code"]) for f in every["failed"]] == [(None, "server_unreachable")]
    body = {"client_id": client_id, "server_id": server["id"], "instance_names": ["ada", "tiada"]}
    named = api.post("/api/instances/sync", body).json
    assert [(f["instance_name"], f["error"]["code"]) for f in named["failed"]] == [
        ("tiada", "instance_not_found_on_server")
    ]


@pytest.mark.parametrize("faults", [{"status": 503}, {"garbage": True}, {"truncate": True}], ids=str)
def test_a_create_that_fails_leaves_nothing_behind_here_or_there(
    api: Api, clean_gateway: SimulatorProcess, server: dict[str, Any], client_id: str, faults: dict[str, Any]
) -> None:
    clean_gateway.control("faults", {**faults, "routes": ["create"]})
    body = {"client_id": client_id, "instance_name": "gagal-1", "server_id": server["id"]}
    reply = api.post("/api/instances", body)
    left = "gagal-1" in clean_gateway.instances()
    assert (reply.status == 201) == left == (len(api.get("/api/instances").json["items"]) == 1)


def test_another_expected_number_judges_the_connected_one_again(connected: Create, api: Api) -> None:
    made = connected("nomor-1", "628123450002")
    path = f"/api/instances/{made['id']}"
    wrong = api("PATCH", path, {"expected_number": "0812-9999-9999"}).json
    assert (wrong["status"], wrong["last_error"]["code"]) == ("connected", "number_changed")
    right = api("PATCH", path, {"expected_number": "628123450002"}).json
    assert right["last_error"] is None


def test_what_takes_longer_than_the_answer_goes_on_as_an_operation(
    connected: Create, api: Api, clean_gateway: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connected("lama-1")
    monkeypatch.setattr("sambung.edge.api.ANSWER_WITHIN_S", 0.6)
    clean_gateway.control("faults", {"slow_s": 3, "routes": ["logout"]})
    accepted = api.post(f"/api/instances/{made['id']}/logout")
    assert accepted.status == 202, accepted.text
    running = api.get(f"/api/operations/{accepted.json['operation_id']}").json
    assert (running["state"], running["done"]) == ("running", 0)
    busy = act(api, made, "connect", status=409)
    assert busy["params"]["operation_id"] == accepted.json["operation_id"]


def test_a_server_that_keeps_failing_is_left_alone_until_a_check_finds_it_well(
    create: Create, api: Api, clean_gateway: SimulatorProcess, server: dict[str, Any]
) -> None:
    made = create("rusak-1")
    clean_gateway.control("faults", {"status": 503})
    for _ in range(5):
        assert act(api, made, "connect", status=502)["code"] == "server_error"
    asked = len(clean_gateway.state()["requests"])
    resting = act(api, made, "connect", status=502)
    assert (resting["code"], resting["params"]["cause"]) == ("server_unreachable", "resting")
    assert len(clean_gateway.state()["requests"]) == asked
    assert shown(api, made)["open_operation"] is None
    clean_gateway.control("faults", method="DELETE")
    assert api.post(f"/api/servers/{server['id']}/check").json["reachable"] is True
    assert act(api, made, "connect")["ok"] is True


def test_refusals_below_500_do_not_count_against_a_server(
    create: Create, api: Api, clean_gateway: SimulatorProcess
) -> None:
    made = create("rusak-2")
    clean_gateway.control("faults", {"key": "other"})
    codes = {act(api, made, "connect", status=502)["code"] for _ in range(7)}
    assert codes == {"server_key_rejected"}


def test_an_action_is_done_once_for_a_key(connected: Create, api: Api, clean_gateway: SimulatorProcess) -> None:
    made = connected("kunci-1")
    key = {"idempotency-key": "satu"}
    first, again = (api.post(f"/api/instances/{made['id']}/recreate", headers=key) for _ in range(2))
    # The code is in no second place: whoever repeats asks for it.
    assert (first.status, {**first.json, "qr": None}) == (again.status, again.json)
    deletes = [r for r in clean_gateway.state()["requests"] if r["path"].endswith("/instance/delete/kunci-1")]
    assert len(deletes) == 1


def test_a_delete_does_not_wait_for_a_webhook_that_cannot_be_reached(
    connected: Create, api: Api, clean_gateway: SimulatorProcess, parts: Parts
) -> None:
    made = connected("hapus-1")
    clean_gateway.control("webhooks", {"deliver": True})
    started = time.monotonic()
    reply = api("DELETE", f"/api/instances/{made['id']}")
    assert (reply.status, reply.json["verified"]) == (200, "absent")
    assert time.monotonic() - started < 5


def webhook_of(gateway: SimulatorProcess, name: str) -> dict[str, Any]:
    """What is set there, without the times of its row; what is off need not be named."""
    reply = httpx.get(f"{gateway.url}/webhook/find/{name}", headers={"apikey": gateway.api_key}, trust_env=False)
    return {key: value for key, value in reply.json().items() if value is not False and not key.endswith("At")}


def names(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["instance_name"] for row in rows)

"""Connect, when the gateway has no QR, lies, is slow or has forgotten the instance."""

from collections.abc import Callable
from typing import Any

import pytest

from sambung.edge.wiring import Parts
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import create_there, delete_there

Create = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    monkeypatch.setattr("manage_instance.connecting.RETRY_AFTER_S", (0.05, 0.05, 0.05))


def connect(api: Api, instance: dict[str, Any], body: object = None) -> Any:
    reply = api.post(f"/api/instances/{instance['id']}/connect", body)
    assert reply.status == 200, reply.text
    return reply.json


def test_no_qr_yet_is_an_answer_and_not_an_error(create: Create, clean_gateway: SimulatorProcess, api: Api) -> None:
    clean_gateway.control("instances/tanpa-qr/qr", {"mode": "none"})
    made = create("tanpa-qr")
    assert made["qr"] is None
    brought = connect(api, made)
    assert (brought["qr"], brought["reason"], brought["status"]) == (None, "qr_not_ready", "connecting")
    clean_gateway.control("instances/tanpa-qr/qr", {"mode": "normal"})


def test_the_qr_limit_is_named_and_the_next_connect_starts_afresh(
    create: Create, clean_gateway: SimulatorProcess, api: Api
) -> None:
    made = create("batas")
    clean_gateway.control("instances/batas/qr-limit")
    row = clean_gateway.state()["instances"]["batas"]
    assert row["memory"] == "close"
    brought = connect(api, made)
    assert brought["qr"] is not None or brought["reason"] == "qr_limit_reached"


def test_a_pairing_code_comes_by_number_even_while_a_qr_is_offered(
    create: Create, clean_gateway: SimulatorProcess, api: Api
) -> None:
    made = create("kode")
    brought = connect(api, made, {"number": "0812-3456-7890"})
    assert len(brought["qr"]["pairing_code"]) == 8


def test_a_bad_number_is_refused_before_anything_is_asked(create: Create, api: Api) -> None:
    made = create("kode-2")
    reply = api.post(f"/api/instances/{made['id']}/connect", {"number": "bukan nomor"})
    assert (reply.status, reply.json["code"]) == (422, "invalid_request")


def test_an_instance_the_server_forgot_says_so(create: Create, clean_gateway: SimulatorProcess, api: Api) -> None:
    made = create("hilang")
    delete_there(clean_gateway, "hilang")
    reply = api.post(f"/api/instances/{made['id']}/connect")
    assert (reply.status, reply.json["code"], reply.json["action"]) == (404, "instance_not_found_on_server", "recreate")
    shown = api.get(f"/api/instances/{made['id']}").json
    assert (shown["status"], shown["last_error"]["code"]) == ("error", "instance_not_found_on_server")
    assert [o["state"] for o in shown["operations"]][0] == "failed"
    gone = api("DELETE", f"/api/instances/{made['id']}")
    assert gone.status == 200


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"status": 503}, "server_error"),
        ({"garbage": True}, "server_error"),
        ({"truncate": True}, "server_error"),
        ({"key": "other"}, "server_key_rejected"),
        ({"license_required": True}, "license_required"),
    ],
    ids=["5xx", "garbage", "truncated", "key", "licence"],
)
def test_a_failing_server_keeps_the_last_status_and_says_what_is_wrong(
    create: Create, clean_gateway: SimulatorProcess, api: Api, faults: dict[str, Any], code: str
) -> None:
    made = create("gagal")
    clean_gateway.control("faults", faults)
    reply = api.post(f"/api/instances/{made['id']}/connect")
    assert (reply.status, reply.json["code"]) == (502, code), reply.text
    shown = api.get(f"/api/instances/{made['id']}").json
    assert shown["status"] == "connecting"
    assert shown["open_operation"] is None
    clean_gateway.control("faults", method="DELETE")
    assert connect(api, made)["qr"] is not None


def test_a_second_action_on_a_busy_instance_is_told_which_one_runs(create: Create, api: Api, parts: Parts) -> None:
    made = create("sibuk")
    with parts.database.transaction() as connection:
        connection.execute(
            "INSERT INTO operations (session_id, instance_name, action, state, actor, correlation_id)"
            " VALUES (%s, 'sibuk', 'restart', 'running', 'budi', 'c')",
            [made["id"]],
        )
    reply = api.post(f"/api/instances/{made['id']}/connect")
    assert (reply.status, reply.json["code"]) == (409, "instance_busy")
    assert reply.json["params"]["operation_id"]


def test_what_a_server_lists_is_marked_managed_or_not(
    create: Create, clean_gateway: SimulatorProcess, api: Api, server: dict[str, Any]
) -> None:
    create("milik-kami")
    create_there(clean_gateway, "milik orang")
    items = {i["instance_name"]: i for i in api.get(f"/api/servers/{server['id']}/instances").json["items"]}
    assert items["milik-kami"]["managed"] is True
    assert items["milik orang"]["managed"] is False
    assert "lab-key" not in str(items)
    delete_there(clean_gateway, "milik orang")

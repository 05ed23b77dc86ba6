"""A sweep finds what no webhook told, on both generations, and believes no list."""

from collections.abc import Callable
from typing import Any

import pytest

from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests.functional.reconciler.conftest import Reconciler
from tests.vendor import ask, create_there, delete_there, point_elsewhere

Create = Callable[..., dict[str, Any]]
Row = Callable[[str], dict[str, Any]]


def pair(gateway: SimulatorProcess, name: str, number: str = "628123456789") -> None:
    gateway.control(f"instances/{name}/pair", {"number": number, "direct": True})


def switch_off(gateway: SimulatorProcess, name: str, url: str) -> None:
    """Somebody switches our webhook off on the server itself."""
    setting = {"url": url, "enabled": False, "events": ["CONNECTION_UPDATE"]}
    ask(
        gateway,
        "POST",
        f"/webhook/set/{name}",
        {**setting, "webhook_by_events": False, "webhook": setting},
        expected={201},
    )


def test_a_number_paired_in_silence_is_connected_after_one_sweep(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    assert reconciler.scheduled()["changed"] == 1
    assert (row(made["id"])["status"], row(made["id"])["phone_number"]) == ("connected", "628123456789")
    assert row(made["id"])["qr_image"] is None


def test_a_drop_that_no_list_shows_is_known_after_two_sweeps(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    reconciler.scheduled()
    clean_gateway.control("instances/toko-1/offline", {"on": True})
    reconciler.scheduled()
    reconciler.scheduled()
    assert row(made["id"])["status"] == "connecting"
    clean_gateway.control("instances/toko-1/offline", {"on": False})


def test_a_logout_by_the_phone_is_told_from_the_list_where_the_list_knows(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, server: dict[str, Any]
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    reconciler.scheduled(minutes_later=0)
    clean_gateway.control("instances/toko-1/drop", {"code": 401})
    reconciler.scheduled()
    reconciler.scheduled()
    found = row(made["id"])
    knows = server["version"].startswith("2.")
    assert found["status"] == "disconnected"
    assert found["error_code"] == ("logged_out_by_phone" if knows else None)


def test_what_was_deleted_there_is_an_error_after_two_sweeps_and_well_again_when_it_comes_back(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row
) -> None:
    made = create("toko-1")
    delete_there(clean_gateway, "toko-1")
    reconciler.scheduled()
    reconciler.scheduled()
    assert (row(made["id"])["status"], row(made["id"])["error_code"]) == ("error", "instance_not_found_on_server")
    create_there(clean_gateway, "toko-1")
    reconciler.scheduled()
    assert (row(made["id"])["status"], row(made["id"])["error_code"]) == ("disconnected", None)


@pytest.mark.parametrize("fault", ["empty_list", "half_list"])
def test_a_list_that_lacks_instances_marks_none_of_them(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, fault: str
) -> None:
    made = [create(f"toko-{n}") for n in range(3)]
    for n in range(3):
        pair(clean_gateway, f"toko-{n}", f"62812345678{n}")
    reconciler.scheduled()
    clean_gateway.control("faults", {fault: True, "routes": ["fetchInstances"]})
    for _ in range(3):
        reconciler.scheduled()
    assert {row(one["id"])["status"] for one in made} == {"connected"}


def test_an_unmanaged_instance_is_shown_and_left_alone(
    server: dict[str, Any], clean_gateway: SimulatorProcess, reconciler: Reconciler, plain: Connection
) -> None:
    create_there(clean_gateway, "tetangga")
    found = reconciler.api.post("/api/reconcile", {"server_id": server["id"]}).json
    assert found["servers"][0]["unmanaged"] == ["tetangga"]
    kept = plain.execute("SELECT unmanaged, listed, completed_at FROM server_sweeps").fetchone()
    assert kept is not None
    assert (kept["unmanaged"], kept["listed"]) == (["tetangga"], 1)
    assert kept["completed_at"] is not None
    assert "tetangga" in clean_gateway.instances()


def test_a_server_that_answers_nothing_changes_nothing(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row
) -> None:
    made = create("toko-1")
    before = row(made["id"])
    clean_gateway.control("faults", {"status": 503})
    assert reconciler.scheduled()["unreadable"] == 1
    clean_gateway.control("faults", method="DELETE")
    assert row(made["id"]) == before


def test_a_lost_webhook_is_set_again(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, plain: Connection
) -> None:
    made = create("toko-1")
    url = clean_gateway.state()["webhooks"]["toko-1"]["url"]
    switch_off(clean_gateway, "toko-1", url)
    plain.execute("UPDATE wa_sessions SET webhook_looked_at = NULL")
    assert reconciler.scheduled()["webhooks_repaired"] == 1
    assert clean_gateway.state()["webhooks"]["toko-1"]["url"] == url
    assert row(made["id"])["webhook_state"] == "ok"
    log = plain.execute("SELECT action, status, actor FROM wa_ops_logs ORDER BY id DESC LIMIT 1").fetchone()
    assert log == {"action": "set-webhook", "status": "ok", "actor": "reconciler"}


def test_a_webhook_that_leads_elsewhere_is_shown_and_never_taken(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, plain: Connection
) -> None:
    made = create("toko-1")
    point_elsewhere(clean_gateway, "toko-1")
    plain.execute("UPDATE wa_sessions SET webhook_looked_at = NULL")
    for _ in range(2):
        assert reconciler.scheduled()["webhooks_repaired"] == 0
    assert (row(made["id"])["webhook_state"], row(made["id"])["webhook_url_host"]) == ("elsewhere", "bot.example.com")
    assert clean_gateway.state()["webhooks"]["toko-1"]["url"] == "https://bot.example.com/hook"


def test_a_dry_run_shows_the_plan_and_does_nothing_of_it(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, plain: Connection
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    before, asked = row(made["id"]), len(clean_gateway.state()["requests"])
    reply = reconciler.api.as_("[operator]").post("/api/reconcile", {"dry_run": True})
    assert reply.status == 200, reply.text
    (planned,) = reply.json["servers"]
    assert (planned["outcome"], [r["instance_name"] for r in planned["reads"]]) == ("planned", ["toko-1"])
    assert (reply.json["run_id"], reply.json["reads"]) == (None, 0)
    assert row(made["id"]) == before
    assert len(clean_gateway.state()["requests"]) == asked + 1
    assert plain.execute("SELECT * FROM server_sweeps").fetchall() == []


def test_a_server_that_another_sweep_holds_is_left_to_it(
    create: Create, reconciler: Reconciler, plain: Connection, server: dict[str, Any]
) -> None:
    create("toko-1")
    plain.execute(
        "INSERT INTO server_sweeps (server_id, holder, held_until) VALUES (%s, gen_random_uuid(), now() + '1 min')",
        [server["id"]],
    )
    assert reconciler.api.post("/api/reconcile", {}).json["servers"][0]["outcome"] == "held"
    plain.execute("UPDATE server_sweeps SET held_until = now()")
    assert reconciler.api.post("/api/reconcile", {}).json["servers"][0]["outcome"] == "swept"


def test_a_viewer_may_not_reconcile_and_an_unknown_server_is_not_found(reconciler: Reconciler) -> None:
    assert reconciler.api.as_("[viewer]").post("/api/reconcile", {}).status == 403
    nobody = {"server_id": "00000000-0000-0000-0000-000000000001"}
    assert reconciler.api.post("/api/reconcile", nobody).status == 404
    assert reconciler.api.post("/api/reconcile", {"server": 1}).status == 422

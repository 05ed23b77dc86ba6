"""Where each server sends what happens is read in turn, the troubled ones each time, and kept as it was found."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from health_check.checking import look
from sambung.edge.webhook_target import target
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Ok
from sambung.store import instances, servers
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.functional.health_check.conftest import AddInstance, AddServer, Clock
from tests.vendor import create_there, point_elsewhere

WITHIN_S = 20.0


@pytest.fixture
def vps(parts: Parts, add_server: AddServer, clean_gateway: SimulatorProcess) -> UUID:
    """The simulated server, looked at once so that its version is known."""
    server_id = add_server("vps", clean_gateway.url)
    look(parts, seconds=WITHIN_S)
    return server_id


def told(api: Api) -> dict[str, dict[str, Any]]:
    return {one["instance_name"]: one for one in api.get("/api/health-check").json["instances"]}


def set_ours(parts: Parts, server_id: UUID, instance_id: UUID) -> None:
    with parts.database.transaction() as connection:
        server, row = servers.server(connection, server_id), instances.instance(connection, instance_id)
    assert server is not None and row is not None
    done = parts.run(parts.gateway_for(server).set_webhook(row.instance_name, target(parts, server, row)))
    assert isinstance(done, Ok)


def test_each_setting_is_told_as_it_was_found(
    api: Api, parts: Parts, vps: UUID, add_instance: AddInstance, clean_gateway: SimulatorProcess
) -> None:
    for name in ("ours", "none", "theirs"):
        create_there(clean_gateway, name)
    ids = {name: add_instance(vps, name, status="connected") for name in ("ours", "none", "theirs", "unknown-there")}
    set_ours(parts, vps, ids["ours"])
    point_elsewhere(clean_gateway, "theirs")
    look(parts, seconds=WITHIN_S)
    found = told(api)
    assert {name: (one["webhook_find_ok"], one["webhook_state"], one["code"]) for name, one in found.items()} == {
        "ours": (True, "ok", None),
        "none": (True, "missing", "webhook_missing"),
        "theirs": (True, "elsewhere", "webhook_elsewhere"),
        "unknown-there": (False, "unknown", None),
    }
    assert (found["none"]["action"], found["none"]["reason"]) == ("set_webhook", "The webhook is not set")
    assert found["none"]["side"] == "webhook"
    assert found["none"]["detail"].startswith("The server does not send")


def test_what_went_wrong_is_the_reconcilers_to_look_at_and_not_proven_any_more(
    parts: Parts, plain: Connection, vps: UUID, add_instance: AddInstance, clean_gateway: SimulatorProcess, clock: Clock
) -> None:
    create_there(clean_gateway, "toko")
    add_instance(vps, "toko", webhook_state="ok", webhook_proven=True, webhook_looked_at=clock.now)
    look(parts, seconds=WITHIN_S)
    row = plain.execute("SELECT webhook_state, webhook_proven, webhook_looked_at FROM wa_sessions").fetchone()
    assert row == {"webhook_state": "missing", "webhook_proven": False, "webhook_looked_at": None}


@pytest.mark.parametrize("columns", [{"last_operation_open": True}, {"last_operation_ended_at": "later"}])
def test_what_an_action_of_ours_set_meanwhile_is_not_overwritten(
    columns: dict[str, object],
    parts: Parts,
    plain: Connection,
    vps: UUID,
    add_instance: AddInstance,
    clean_gateway: SimulatorProcess,
    clock: Clock,
) -> None:
    create_there(clean_gateway, "toko")
    later = {name: clock.now + timedelta(seconds=1) if value == "later" else value for name, value in columns.items()}
    add_instance(vps, "toko", webhook_state="ok", **later)
    look(parts, seconds=WITHIN_S)
    assert plain.execute("SELECT webhook_state FROM wa_sessions").fetchone() == {"webhook_state": "ok"}


def test_every_setting_is_read_in_its_turn(
    parts: Parts, plain: Connection, vps: UUID, add_instance: AddInstance, clock: Clock
) -> None:
    for n in range(45):
        add_instance(vps, f"toko-{n}", webhook_state="ok", status="connected")
    for _ in range(3):
        look(parts, seconds=WITHIN_S)
        clock.pass_(minutes=1)
    found = plain.execute("SELECT count(*) AS read FROM webhook_looks").fetchone()
    assert found == {"read": 45}


def test_nothing_is_asked_about_webhooks_of_a_server_that_does_not_answer(
    api: Api,
    parts: Parts,
    plain: Connection,
    vps: UUID,
    add_instance: AddInstance,
    clean_gateway: SimulatorProcess,
    clock: Clock,
) -> None:
    add_instance(vps, "toko", webhook_state="ok")
    look(parts, seconds=WITHIN_S)
    before = plain.execute("SELECT looked_at FROM webhook_looks").fetchall()
    clock.pass_(minutes=1)
    clean_gateway.control("faults", {"garbage": True, "routes": ["fetchInstances"]})
    look(parts, seconds=WITHIN_S)
    assert plain.execute("SELECT looked_at FROM webhook_looks").fetchall() == before
    assert told(api)["toko"]["webhook_find_ok"] is False
    assert told(api)["toko"]["webhook_state"] == "ok"

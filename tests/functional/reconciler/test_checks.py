"""The one verifying path: a wish for a check is answered once, by a read, whatever else is in the queue."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from sambung.edge import waking
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests.functional.reconciler.conftest import Reconciler
from tests.functional.reconciler.test_sweep import pair

Create = Callable[..., dict[str, Any]]
Row = Callable[[str], dict[str, Any]]


def wish(plain: Connection, *ids: str) -> str:
    plain.execute("UPDATE wa_sessions SET needs_check = true WHERE id = ANY(%s::uuid[])", [list(ids)])
    return json.dumps({"check": ids})


def test_a_wake_up_reads_the_truth_and_ends_the_wish(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, plain: Connection
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    assert reconciler.woken(wish(plain, made["id"])) == []
    found = row(made["id"])
    assert (found["status"], found["phone_number"], found["needs_check"]) == ("connected", "628123456789", False)


def test_a_wish_answered_meanwhile_costs_no_read(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, plain: Connection
) -> None:
    made = create("toko-1")
    message = wish(plain, made["id"])
    assert reconciler.woken(message) == []
    asked = len(clean_gateway.state()["requests"])
    assert reconciler.woken(message) == []
    assert len(clean_gateway.state()["requests"]) == asked


def test_a_lost_wake_up_is_found_by_the_next_sweep(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, plain: Connection
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    reconciler.scheduled()
    reconciler.scheduled(minutes_later=0)
    wish(plain, made["id"])
    clean_gateway.control("instances/toko-1/drop", {"code": 403})
    reconciler.scheduled(minutes_later=0)
    assert (row(made["id"])["status"], row(made["id"])["needs_check"]) != ("connected", True)
    assert not row(made["id"])["needs_check"]


def test_a_server_that_does_not_answer_fails_no_message_and_keeps_the_wish(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, plain: Connection
) -> None:
    made = create("toko-1")
    message = wish(plain, made["id"])
    clean_gateway.control("faults", {"status": 503})
    assert reconciler.woken(message) == []
    assert row(made["id"])["needs_check"]


@pytest.mark.parametrize("poison", ["", "no json", "[]", '{"check": "x"}', '{"check": [1]}', "null"])
def test_what_is_no_wake_up_fails_alone(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, plain: Connection, poison: str
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    assert reconciler.woken(poison, wish(plain, made["id"])) == [poison]
    assert row(made["id"])["status"] == "connected"


def test_a_message_that_names_a_server_sweeps_it(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row, server: dict[str, Any]
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    assert reconciler.woken(json.dumps({"sweep": [server["id"]]})) == []
    assert row(made["id"])["status"] == "connected"


def test_without_the_database_every_message_comes_again(
    create: Create, reconciler: Reconciler, plain: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = wish(plain, create("toko-1")["id"])
    monkeypatch.setattr(reconciler.parts.database, "_url", "postgresql://nobody@127.0.0.1:9/none")
    reconciler.parts.database.close()
    assert reconciler.woken(message, message) == [message, message]


def test_over_many_servers_the_schedule_only_asks_the_queue(
    create: Create,
    clean_gateway: SimulatorProcess,
    reconciler: Reconciler,
    row: Row,
    server: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    asked: list[UUID] = []

    def taken(_url: str | None, ids: list[UUID]) -> list[UUID]:
        asked.extend(ids)
        return []

    monkeypatch.setattr(waking, "ask_for_sweeps", taken)
    reconciler.parts.settings = replace(reconciler.parts.settings, check_queue_url="http://queue", fan_out_over=0)
    reconciler.scheduled()
    assert (asked, row(made["id"])["status"]) == ([UUID(server["id"])], "connecting")


def test_what_the_queue_does_not_take_is_swept_at_once(
    create: Create, clean_gateway: SimulatorProcess, reconciler: Reconciler, row: Row
) -> None:
    made = create("toko-1")
    pair(clean_gateway, "toko-1")
    reconciler.parts.settings = replace(
        reconciler.parts.settings, check_queue_url="http://127.0.0.1:9/queue", fan_out_over=0
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "none")
        patch.setenv("AWS_DEFAULT_REGION", "ap-southeast-3")
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        reconciler.scheduled()
    assert row(made["id"])["status"] == "connected"

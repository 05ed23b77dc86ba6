"""The assignment follows a webjs session with nobody's help, in the sweep that sees it or within its check."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from sambung.edge.wiring import Parts
from sambung.gateways.http import Patience
from sambung.gateways.shape import Gateway
from sambung.store.connection import Connection
from sambung.store.servers import Server
from simulator.process import SimulatorProcess
from tests.functional.reconciler.conftest import Reconciler
from tests.functional.reconciler.nodes import Nodes, appear, register, sessions, vanish

HUNG = {"slow_s": 2.5}


@pytest.fixture(scope="module")
def running() -> Iterator[list[SimulatorProcess]]:
    """Three nodes; no webhook of theirs ever arrives."""
    with ExitStack() as stack:
        yield [stack.enter_context(SimulatorProcess("1", kind="webjs", speed=50)) for _ in range(3)]


@pytest.fixture
def nodes(running: list[SimulatorProcess], parts: Parts, plain: Connection) -> Iterator[Nodes]:
    opener = parts.gateway_for

    def impatient(server: Server, patience: Patience | None = None) -> Gateway:
        return opener(server, replace(patience or Patience(), read_s=0.5, repeats=0))

    parts.gateway_for = impatient
    yield register(parts, plain, "webjs", running)
    parts.gateway_for = opener
    for one in running:
        one.control("faults", method="DELETE")
        for name in sessions(one):
            vanish(one, name)


def check(reconciler: Reconciler, session_id: object) -> None:
    assert reconciler.woken(json.dumps({"check": [str(session_id)]})) == []


# ---------------------------------------------------------------- sweeps


def test_a_session_connected_in_silence_is_known_after_one_sweep(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session(status="disconnected")
    appear(nodes.running[0])
    assert reconciler.scheduled()["changed"] == 1
    assert (nodes.row(toko)["status"], nodes.events()) == ("connected", [])


def test_a_moved_session_is_followed_in_the_sweep_that_misses_it(nodes: Nodes, reconciler: Reconciler) -> None:
    toko, stays = nodes.session(), nodes.session("toko-2")
    appear(nodes.running[1])
    appear(nodes.running[0], "toko-2")
    assert reconciler.scheduled()["moved"] == 1
    row = nodes.row(toko)
    assert (nodes.place(toko), nodes.place(stays)) == (1, 0)
    assert (row["status"], row["error_code"], row["verification_failures"]) == ("connected", None, 0)
    assert row["assigned_instance_url"] == nodes.running[1].url
    assert nodes.events() == [("moved", "reconcile")]


def test_a_session_of_a_hung_node_is_followed_to_where_it_is_open(nodes: Nodes, reconciler: Reconciler) -> None:
    toko, waits = nodes.session(), nodes.session("toko-2")
    appear(nodes.running[1])
    nodes.running[0].control("faults", HUNG)
    assert reconciler.scheduled()["moved"] == 1
    assert (nodes.place(toko), nodes.place(waits)) == (1, 0)
    assert nodes.row(waits)["status"] == "connected"


def test_a_session_that_is_down_here_and_open_there_is_followed(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    appear(nodes.running[0])
    nodes.running[0].control("sessions/toko-1/drop", {"reason": "NAVIGATION"})
    appear(nodes.running[2])
    reconciler.scheduled()
    assert nodes.place(toko) == 2


def test_where_all_nodes_have_it_open_the_assigned_one_stays(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session(on=1)
    for node in nodes.running:
        appear(node)
    for _ in range(2):
        reconciler.scheduled()
    assert (nodes.place(toko), nodes.events()) == (1, [])


def test_open_on_two_others_is_a_conflict_until_one_alone_is_left(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    appear(nodes.running[1])
    appear(nodes.running[2])
    for _ in range(2):
        assert reconciler.scheduled()["conflicts"] == 1
    row = nodes.row(toko)
    assert (nodes.place(toko), nodes.events()) == (0, [("conflict", "reconcile")])
    assert {place["server_id"] for place in row["conflict_places"]} == {str(one) for one in nodes.ids[1:]}
    assert all(sessions(node) for node in nodes.running[1:])
    vanish(nodes.running[2])
    reconciler.scheduled()
    assert (nodes.place(toko), nodes.row(toko)["conflict_since"]) == (1, None)


def test_one_message_for_each_server_follows_as_well(nodes: Nodes, reconciler: Reconciler) -> None:
    here_first, there_first = nodes.session(), nodes.session("toko-2", on=1)
    appear(nodes.running[1])
    appear(nodes.running[0], "toko-2")
    for server_id in nodes.ids:
        assert reconciler.woken(json.dumps({"sweep": [str(server_id)]})) == []
    assert (nodes.place(here_first), nodes.place(there_first)) == (1, 0)
    assert nodes.events() == [("moved", "reconcile")] * 2


@pytest.mark.parametrize("fault", ["empty_list", "half_list"])
def test_a_list_that_lacks_sessions_neither_moves_nor_marks_them(
    nodes: Nodes, reconciler: Reconciler, fault: str
) -> None:
    made = [nodes.session(f"toko-{n}") for n in range(3)]
    for n in range(3):
        appear(nodes.running[0], f"toko-{n}")
        appear(nodes.running[1], f"toko-{n}")
    nodes.running[0].control("faults", {fault: True})
    for _ in range(3):
        reconciler.scheduled()
    assert {(nodes.place(one), nodes.row(one)["status"]) for one in made} == {(0, "connected")}


def test_a_node_that_starts_again_and_has_not_opened_its_sessions_yet_loses_none(
    nodes: Nodes, reconciler: Reconciler
) -> None:
    toko = nodes.session()
    for _ in range(3):
        nodes.wish(toko)
        check(reconciler, toko)
        reconciler.scheduled(minutes_later=0.1)
    assert (nodes.row(toko)["status"], nodes.row(toko)["error_code"]) == ("connected", None)
    appear(nodes.running[0])
    reconciler.scheduled(minutes_later=0.1)
    assert (nodes.row(toko)["status"], nodes.row(toko)["verification_failures"]) == ("connected", 0)


def test_what_is_gone_from_every_node_is_an_error_and_counted_in_a_row(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    for _ in range(3):
        reconciler.scheduled()
    row = nodes.row(toko)
    assert (row["status"], row["error_code"]) == ("error", "instance_not_found_on_server")
    assert row["verification_failures"] == 3


# ---------------------------------------------------------------- checks


def test_what_a_node_tells_of_a_session_is_verified_and_followed(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    appear(nodes.running[2])
    nodes.heard_elsewhere(toko, 2)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.row(toko)["status"], nodes.row(toko)["needs_check"]) == (2, "connected", False)
    assert nodes.events() == [("moved", "webhook")]


def test_a_false_claim_to_be_reconnected_moves_nothing(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    appear(nodes.running[1])
    nodes.running[1].control("sessions/toko-1/drop", {"reason": "NAVIGATION"})
    nodes.heard_elsewhere(toko, 1)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.events()) == (0, [])


def test_four_nodes_that_are_ready_at_once_leave_it_where_it_is(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session(on=1)
    for at, node in enumerate(nodes.running):
        appear(node)
        nodes.heard_elsewhere(toko, at)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.row(toko)["status"], nodes.events()) == (1, "connected", [])


def test_ready_on_two_others_and_not_here_is_a_conflict_for_the_check_too(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    for at in (1, 2):
        appear(nodes.running[at])
        nodes.heard_elsewhere(toko, at)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.events()) == (0, [("conflict", "webhook")])
    appear(nodes.running[0])
    nodes.wish(toko)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.row(toko)["conflict_since"]) == (0, None)


def test_a_doubt_about_a_hung_node_finds_the_session_elsewhere(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    appear(nodes.running[1])
    nodes.running[0].control("faults", HUNG)
    nodes.wish(toko)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.events()) == (1, [("moved", "check")])


def test_a_session_on_no_node_is_told_once_and_stays_assigned(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    for _ in range(2):
        nodes.wish(toko)
        check(reconciler, toko)
    assert (nodes.place(toko), nodes.events()) == (0, [("not_found", "check")])

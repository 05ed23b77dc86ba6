"""On Evolution a session is followed only where our own token opens it, and one number open twice is a conflict."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests.functional.reconciler.conftest import Reconciler
from tests.functional.reconciler.nodes import NUMBER, TOKEN, Nodes, register
from tests.vendor import ask, delete_there


@pytest.fixture(scope="module")
def running() -> Iterator[list[SimulatorProcess]]:
    """One server of each generation."""
    with ExitStack() as stack:
        yield [stack.enter_context(SimulatorProcess(version, speed=50)) for version in ("2.3.6", "1.8.2")]


@pytest.fixture
def nodes(running: list[SimulatorProcess], parts: Parts, plain: Connection) -> Iterator[Nodes]:
    yield register(parts, plain, "evolution", running)
    for one in running:
        for name in one.instances():
            delete_there(one, name)


def opened(node: SimulatorProcess, name: str = "toko-1", *, token: str = TOKEN, number: str = NUMBER) -> None:
    """An instance of that name is open on the server, and no webhook tells."""
    node.control("webhooks", {"deliver": False})
    body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS", "token": token, "qrcode": True}
    ask(node, "POST", "/instance/create", body, expected={201})
    node.control(f"instances/{name}/pair", {"number": number, "direct": True})


def check(reconciler: Reconciler, session_id: object) -> None:
    assert reconciler.woken(json.dumps({"check": [str(session_id)]})) == []


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 0)])
def test_an_open_elsewhere_that_takes_our_token_is_followed(
    nodes: Nodes, reconciler: Reconciler, here: int, there: int
) -> None:
    toko = nodes.session(on=here)
    opened(nodes.running[there])
    nodes.heard_elsewhere(toko, there)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.events()) == (there, [("moved", "webhook")])
    assert nodes.row(toko)["status"] == "connected"


def test_a_namesake_that_does_not_take_our_token_is_never_followed(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    opened(nodes.running[1], token="somebody else's", number="6281999999999")
    nodes.heard_elsewhere(toko, 1)
    check(reconciler, toko)
    reconciler.scheduled()
    assert (nodes.place(toko), [outcome for outcome, _ in nodes.events()]) == (0, ["not_found"])


def test_a_sweep_follows_a_session_that_its_own_server_lost(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    opened(nodes.running[1])
    assert reconciler.scheduled()["moved"] == 1
    assert (nodes.place(toko), nodes.events()) == (1, [("moved", "reconcile")])
    assert nodes.row(toko)["phone_number"] == NUMBER


def test_the_same_number_open_on_two_servers_is_a_conflict_until_one_ends(nodes: Nodes, reconciler: Reconciler) -> None:
    toko, copy = nodes.session(), nodes.session("toko-copy", on=1)
    opened(nodes.running[0])
    opened(nodes.running[1], "toko-copy")
    for _ in range(2):
        reconciler.scheduled()
    for one in (toko, copy):
        places = {(place["server_id"], place["instance_name"]) for place in nodes.row(one)["conflict_places"]}
        assert places == {(str(nodes.ids[0]), "toko-1"), (str(nodes.ids[1]), "toko-copy")}
    assert nodes.events() == [("conflict", "reconcile")] * 2
    assert {nodes.row(one)["status"] for one in (toko, copy)} == {"connected"}
    delete_there(nodes.running[1], "toko-copy")
    for _ in range(2):
        reconciler.scheduled()
    assert nodes.row(toko)["conflict_since"] is None
    assert "toko-1" in nodes.running[0].instances()


def test_our_number_in_somebody_elses_instance_is_a_conflict_too(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    opened(nodes.running[0])
    opened(nodes.running[1], "asing", token="somebody else's")
    reconciler.scheduled()
    assert nodes.row(toko)["conflict_since"] is not None
    assert "asing" in nodes.running[1].instances()
    delete_there(nodes.running[1], "asing")
    nodes.wish(toko)
    check(reconciler, toko)
    assert nodes.row(toko)["conflict_since"] is None


def test_our_session_open_on_two_servers_at_once_is_a_conflict_at_the_first_event(
    nodes: Nodes, reconciler: Reconciler
) -> None:
    toko = nodes.session()
    for node in nodes.running:
        opened(node)
    nodes.heard_elsewhere(toko, 1)
    check(reconciler, toko)
    assert (nodes.place(toko), nodes.events()) == (0, [("conflict", "webhook")])


def test_a_conflict_is_over_when_our_own_side_of_it_closes(nodes: Nodes, reconciler: Reconciler) -> None:
    toko = nodes.session()
    opened(nodes.running[0])
    opened(nodes.running[1], "asing", token="somebody else's")
    reconciler.scheduled()
    assert nodes.row(toko)["conflict_since"] is not None
    ask(nodes.running[0], "DELETE", "/instance/logout/toko-1", expected={200})
    nodes.wish(toko)
    check(reconciler, toko)
    assert nodes.row(toko)["conflict_since"] is None

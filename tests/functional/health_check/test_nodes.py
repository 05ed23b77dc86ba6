"""A webjs node is looked at as any server: what it says of itself, its list and its key; it has no webhooks to read."""

from collections.abc import Iterator
from typing import Any

import pytest

from health_check.checking import look
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.functional.health_check.conftest import AddInstance, AddServer

WITHIN_S = 20.0


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess("1", kind="webjs", speed=50.0) as node:
        yield node


@pytest.fixture
def node(running: SimulatorProcess) -> Iterator[SimulatorProcess]:
    yield running
    running.control("faults", method="DELETE")


def seen(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/api/health-check").json["servers"][0]
    return found


def test_a_healthy_node_has_nothing_to_say_and_is_asked_for_no_webhook(
    api: Api, parts: Parts, add_server: AddServer, add_instance: AddInstance, node: SimulatorProcess
) -> None:
    add_instance(add_server("node", node.url, kind="webjs"), "toko-1")
    before = len(node.state()["requests"])
    look(parts, seconds=WITHIN_S)
    found = seen(api)
    assert (found["evolution_reachable"], found["fetch_instances_ok"], found["code"]) == (True, True, None)
    assert not [one for one in node.state()["requests"][before:] if "webhook" in one["path"]]


@pytest.mark.parametrize(
    ("fault", "reachable", "code"),
    [
        ({"key": "another"}, True, "server_key_rejected"),
        ({"status": 500, "routes": ["sessions", "health_list"]}, True, "server_error"),
        ({"slow_s": 5, "routes": ["sessions"]}, True, "server_timeout"),
        ({"slow_s": 5}, False, "server_timeout"),
    ],
)
def test_a_node_that_lives_is_reachable_however_its_list_fails(
    api: Api,
    parts: Parts,
    add_server: AddServer,
    node: SimulatorProcess,
    fault: dict[str, object],
    reachable: bool,
    code: str,
) -> None:
    add_server("node", node.url, kind="webjs")
    node.control("faults", fault)
    look(parts, seconds=WITHIN_S)
    found = seen(api)
    assert (found["evolution_reachable"], found["fetch_instances_ok"], found["code"]) == (reachable, False, code)


def test_a_node_that_is_down_is_told_apart(api: Api, parts: Parts, add_server: AddServer, closed_port: str) -> None:
    add_server("node", closed_port, kind="webjs")
    look(parts, seconds=WITHIN_S)
    assert (seen(api)["evolution_reachable"], seen(api)["cause"]) == (False, "refused")


def test_a_number_in_conflict_says_so_with_the_servers_names(
    api: Api, parts: Parts, plain: Connection, add_server: AddServer, add_instance: AddInstance, node: SimulatorProcess
) -> None:
    toko = add_instance(add_server("node", node.url, kind="webjs"), "toko-1")
    plain.execute(
        """
        UPDATE wa_sessions SET conflict_since = now(), conflict_places = (
            SELECT jsonb_agg(jsonb_build_object('server_id', id, 'instance_name', 'toko-1')) FROM servers)
        WHERE id = %s
        """,
        [toko],
    )
    look(parts, seconds=WITHIN_S)
    (found,) = api.get("/api/health-check").json["instances"]
    assert (found["code"], "node" in found["detail"]) == ("conflict_two_servers", True)

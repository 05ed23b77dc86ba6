"""A server that does not answer is told apart by how it does not, and delays nobody."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from health_check.checking import look
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.functional.health_check.conftest import AddInstance, AddServer, Clock

WITHIN_S = 20.0


def seen(api: Api) -> Mapping[str, dict[str, Any]]:
    return {one["name"]: one for one in api.get("/api/health-check").json["servers"]}


def test_each_cause_has_its_name_and_its_sentence(
    api: Api,
    parts: Parts,
    add_server: AddServer,
    closed_port: str,
    hung: str,
    bad_proxy: str,
    clean_gateway: SimulatorProcess,
) -> None:
    add_server("refused", closed_port)
    add_server("timeout", hung)
    add_server("dns", "http://no-such-host.invalid")
    add_server("tls", clean_gateway.url.replace("http:", "https:"))
    add_server("proxy_5xx", bad_proxy)
    look(parts, seconds=WITHIN_S)
    found = seen(api)
    assert {name: one["cause"] for name, one in found.items()} == {name: name for name in found}
    assert not any(one["evolution_reachable"] or one["fetch_instances_ok"] for one in found.values())
    assert found["refused"]["reason"] == (
        "The Evolution server cannot be reached: "
        "The VPS is up, Evolution is down: run `docker ps`, then `docker compose up -d`"
    )
    assert len({one["reason"] for one in found.values()}) == len(found)


@pytest.mark.parametrize(
    ("fault", "reachable", "code", "cause"),
    [
        ({"status": 503}, True, "server_error", "fault"),
        ({"garbage": True}, False, "server_error", "garbage"),
        ({"key": "another"}, True, "server_key_rejected", None),
        ({"slow_s": 60}, False, "server_timeout", "timeout"),
    ],
)
def test_what_answers_may_not_be_evolution_or_may_not_serve_us(
    api: Api,
    parts: Parts,
    add_server: AddServer,
    clean_gateway: SimulatorProcess,
    fault: dict[str, object],
    reachable: bool,
    code: str,
    cause: str | None,
) -> None:
    add_server("vps", clean_gateway.url)
    clean_gateway.control("faults", fault)
    look(parts, seconds=WITHIN_S)
    one = seen(api)["vps"]
    assert (one["evolution_reachable"], one["fetch_instances_ok"], one["code"]) == (reachable, False, code)
    assert one["cause"] == cause


def test_a_healthy_server_has_nothing_to_say(
    api: Api, parts: Parts, add_server: AddServer, clean_gateway: SimulatorProcess
) -> None:
    add_server("vps", clean_gateway.url)
    look(parts, seconds=WITHIN_S)
    one = seen(api)["vps"]
    assert (one["evolution_reachable"], one["fetch_instances_ok"], one["key_accepted"]) == (True, True, True)
    assert (one["reason"], one["code"], one["cause"], one["failures_in_row"]) == (None, None, None, 0)
    assert one["version"] in {"1.8.2", "2.3.6"}
    assert one["latencies_ms"] == [one["latency_ms"]]


def test_a_silent_server_whose_webhooks_arrive_lives(
    api: Api, parts: Parts, plain: Connection, add_server: AddServer, closed_port: str, clock: Clock
) -> None:
    server_id = add_server("vps", closed_port)
    heard(plain, server_id, clock, b"before")
    look(parts, seconds=WITHIN_S)
    assert seen(api)["vps"]["cause"] == "refused"
    clock.pass_(seconds=30)
    heard(plain, server_id, clock, b"after")
    clock.pass_(seconds=30)
    look(parts, seconds=WITHIN_S)
    one = seen(api)["vps"]
    assert (one["cause"], one["code"], one["failures_in_row"]) == ("webhooks_arrive", "server_unreachable", 2)
    assert one["reason"].endswith("Evolution still sends webhooks, but our URL or firewall is wrong")


def heard(plain: Connection, server_id: UUID, clock: Clock, key: bytes) -> None:
    plain.execute(
        "INSERT INTO webhook_events (dedupe_key, server_id, instance_name, event, received_at, outcome) "
        "VALUES (%s, %s, 'toko', 'connection.update', %s, 'applied')",
        [key, server_id, clock.now],
    )


def test_one_hung_server_costs_its_own_time_and_nobody_elses(
    parts: Parts, add_server: AddServer, clean_gateway: SimulatorProcess, hung: str
) -> None:
    hanging = add_server("hung", hung)
    healthy = add_server("healthy", clean_gateway.url)
    started = time.monotonic()
    looks = {one.server_id: one.probe for one in look(parts, seconds=WITHIN_S)}
    assert time.monotonic() - started < WITHIN_S
    assert looks[healthy].reachable
    assert not looks[hanging].reachable


def test_a_run_ends_when_its_time_is_over_whatever_servers_do(parts: Parts, add_server: AddServer, hung: str) -> None:
    add_server("hung", hung)
    started = time.monotonic()
    (found,) = look(parts, seconds=0)
    assert (found.probe.cause, found.probe.error_code) == ("timeout", "server_timeout")
    assert time.monotonic() - started < 1.4, "the call's own deadline is later"


def test_numbers_on_a_server_that_is_down_count_as_stale_and_as_nothing_else(
    api: Api, parts: Parts, add_server: AddServer, add_instance: AddInstance, closed_port: str
) -> None:
    server_id = add_server("vps", closed_port)
    for n in range(3):
        add_instance(server_id, f"toko-{n}", status="connected")
    look(parts, seconds=WITHIN_S)
    told = api.get("/api/health-check").json
    assert told["summary"] == {
        "connected": 0, "connecting": 0, "disconnected": 0, "error": 0, "stale": 3, "servers_down": 1,
    }  # fmt: skip
    assert told["reason"].startswith("vps: The Evolution server cannot be reached")
    assert {one["code"] for one in told["instances"]} == {"server_unreachable"}


def test_a_server_that_answers_is_not_left_alone_any_longer(
    parts: Parts, plain: Connection, add_server: AddServer, clean_gateway: SimulatorProcess, closed_port: str
) -> None:
    ids = {add_server("up", clean_gateway.url): 0, add_server("down", closed_port): 5}
    plain.execute("UPDATE servers SET breaker_failures = 5, breaker_openings = 1, breaker_open_until = now()")
    look(parts, seconds=WITHIN_S)
    rows = plain.execute("SELECT id, breaker_failures, breaker_open_until IS NULL AS closed FROM servers").fetchall()
    assert {row["id"]: (row["breaker_failures"], row["closed"]) for row in rows} == {
        server_id: (failures, failures == 0) for server_id, failures in ids.items()
    }


def test_a_server_whose_key_is_gone_from_the_list_leaves_the_others_looked_at(
    parts: Parts, plain: Connection, add_server: AddServer, closed_port: str
) -> None:
    locked = add_server("locked", closed_port)
    unnamed = add_server("unnamed", closed_port.replace("127.0.0.1", "127.0.0.2"))
    other = add_server("other", closed_port.replace("127.0.0.1", "127.0.0.3"))
    plain.execute("UPDATE servers SET api_key_sealed = 'nothing' WHERE id = %s", [locked])
    plain.execute("UPDATE servers SET key_id = 'gone' WHERE id = %s", [unnamed])
    causes = {one.server_id: one.probe.cause for one in look(parts, seconds=WITHIN_S)}
    assert causes == {locked: "key_missing", unnamed: "key_missing", other: "refused"}


@pytest.mark.parametrize("kind", ["evolution", "webjs"])
def test_a_server_that_is_switched_off_is_left_alone(
    api: Api, parts: Parts, plain: Connection, add_server: AddServer, closed_port: str, kind: str
) -> None:
    off = add_server("off", closed_port, kind=kind)
    plain.execute("UPDATE servers SET enabled = false WHERE id = %s", [off])
    assert look(parts, seconds=WITHIN_S) == []
    told = api.get("/api/health-check").json
    assert [one["evolution_reachable"] for one in told["servers"]] == [None]
    assert told["servers"][0]["reason"].startswith("The server is switched off here")
    assert (told["summary"]["servers_down"], told["reason"]) == (0, None)

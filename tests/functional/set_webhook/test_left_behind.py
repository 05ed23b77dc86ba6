"""A probe whose maker died is nobody's number, and is removed when nobody waits for it any more, if it is ours."""

import os
from datetime import timedelta
from typing import Any
from uuid import UUID

from reconciler.outcome import Result, Scope
from reconciler.sweep import sweep
from sambung.domain.probe_instance import PROBED_WITHIN, probe_name
from sambung.store import probe_instances
from simulator.process import SimulatorProcess
from tests.functional.set_webhook.shop import Shop, probes
from tests.vendor import ask


def leave_probe(shop: Shop, gateway: SimulatorProcess, *, token: str | None = None, server_id: str = "") -> str:
    """What a process killed while it waited for its probe's event leaves: the instance, and its turn."""
    of = UUID(server_id or shop.server_id)
    name = probe_name(of, shop.clock(), os.urandom(4))
    own = shop.parts.keyring.probe_token(of, name)
    body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS", "token": token or own}
    ask(gateway, "POST", "/instance/create", body, expected={201})
    if not server_id:
        with shop.parts.database.transaction() as connection:
            assert probe_instances.take(connection, of, timedelta()) is not None
            probe_instances.name(connection, of, name)
    return name


def swept(shop: Shop) -> Result:
    return sweep(shop.parts, Scope(), seconds=20)


def on_server(shop: Shop) -> list[str]:
    return [one["instance_name"] for one in shop.api.get(f"/api/servers/{shop.server_id}/instances").json["items"]]


def test_the_sweep_removes_it_when_its_time_is_over_and_not_before(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    left = leave_probe(shop, modern)
    swept(shop)
    assert probes(modern) == [left]
    shop.clock.ahead = PROBED_WITHIN + timedelta(seconds=1)
    swept(shop)
    settle(shop, modern)
    assert probes(modern) == []
    assert list(modern.instances()) == ["toko"]


def test_neither_list_nor_count_nor_sync_knows_it(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    leave_probe(shop, modern)
    result = swept(shop)
    plan = result.servers[0].plan
    assert (result.servers[0].listed, plan and plan.unmanaged) == (1, ())
    assert on_server(shop) == ["toko"]
    client_id = shop.api.get("/api/clients").json["items"][0]["id"]
    synced: dict[str, Any] = shop.api.post("/api/instances/sync", {"client_id": client_id}).json
    assert [len(synced[word]) for word in ("synced", "existing", "skipped", "failed")] == [0, 1, 0, 0]


def test_one_that_does_not_take_our_token_or_names_another_sambung_is_left_alone(
    shop: Shop, modern: SimulatorProcess
) -> None:
    shop.takes_in(modern)
    theirs = {
        leave_probe(shop, modern, token="somebody's"),
        leave_probe(shop, modern, server_id="00000000-0000-4000-8000-000000000001"),
    }
    shop.clock.ahead = PROBED_WITHIN + timedelta(seconds=1)
    swept(shop)
    assert set(probes(modern)) == theirs
    assert on_server(shop) == ["toko"]


def test_the_next_probe_removes_it_first(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    leave_probe(shop, modern)
    done = shop.api.post(f"/api/instances/{shop.instance_id}/set-webhook").json
    assert (done["verified"], probes(modern)) == ("set and proven", [])


def test_nobody_may_take_a_probes_name(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    client_id = shop.api.get("/api/clients").json["items"][0]["id"]
    name = probe_name(UUID(shop.server_id), shop.clock(), os.urandom(4))
    refused = shop.api.post("/api/instances", {"client_id": client_id, "instance_name": name})
    assert (refused.status, refused.json["code"]) == (422, "instance_name_invalid")


def test_at_most_one_is_on_a_server_at_a_time(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    server_id, minute = UUID(shop.server_id), timedelta(minutes=1)
    with shop.parts.database.transaction() as connection:
        first = probe_instances.take(connection, server_id, minute)
        second = probe_instances.take(connection, server_id, minute)
        probe_instances.give_back(connection, server_id, gone=True)
        third = probe_instances.take(connection, server_id, minute)
    assert (first, second, third) == (probe_instances.Turn(None), None, probe_instances.Turn(None))


def settle(shop: Shop, gateway: SimulatorProcess) -> None:
    """2.x answers before it has deleted."""
    for _ in range(100):
        if not probes(gateway):
            return
        swept(shop)

"""How each scenario of docs/scenarios.md is brought about; each is named like its row."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import httpx

from sambung.domain.instance import Status
from sambung.gateways.http import Patience
from sambung.store import operations
from tests.vendor import ask, delete_there, point_elsewhere

if TYPE_CHECKING:
    from sambung.gateways.shape import Gateway
    from sambung.store.servers import Server
    from simulator.process import SimulatorProcess
    from tests.functional.diagnosis.stage import Stage


def evolution_down(stage: Stage) -> None:
    stage.created()
    stage.change("servers", base_url="http://127.0.0.1:9")


def wrong_name(stage: Stage) -> None:
    stage.created()
    stage.change("servers", base_url="http://evo.invalid")


def bad_certificate(stage: Stage) -> None:
    stage.created()
    stage.change("servers", base_url=stage.home.url.replace("http:", "https:"))


def proxy_502(stage: Stage) -> None:
    stage.created()
    stage.home.control("faults", {"status": 502, "garbage": True})


def probe_fails_events_arrive(stage: Stage) -> None:
    stage.connected(webhooks=True)
    stage.home.control("faults", {"status": 502, "garbage": True})


def switched_off_here(stage: Stage) -> None:
    server_id = stage.created()
    stage.api("PATCH", f"/api/servers/{server_id}", {"enabled": False})


def slow_server(stage: Stage) -> None:
    stage.created()
    opener = stage.parts.gateway_for

    def impatient(server: Server, patience: Patience | None = None) -> Gateway:
        gateway = opener(server)
        gateway._patience = Patience(read_s=0.3)  # type: ignore[attr-defined]
        return gateway

    stage.parts.gateway_for = impatient
    stage.home.control("faults", {"slow_s": 2})


def server_fails(stage: Stage) -> None:
    stage.created()
    stage.home.control("faults", {"status": 500})


def server_talks_html(stage: Stage) -> None:
    stage.created()
    stage.home.control("faults", {"garbage": True})


def wrong_key(stage: Stage) -> None:
    stage.created()
    stage.home.control("faults", {"key": "another"})


def no_license(stage: Stage) -> None:
    stage.created()
    stage.home.control("faults", {"license_required": True})


def replaced_440(stage: Stage) -> None:
    stage.connected(stage.old, webhooks=True)
    _drop(stage, stage.old, 440)


def replaced_by_twin(stage: Stage) -> None:
    stage.connected(webhooks=True)
    _twin(stage)
    _drop(stage, stage.home, 408)


def flapping(stage: Stage) -> None:
    stage.connected(webhooks=True)
    _drop(stage, stage.home, 408)


def _drop(stage: Stage, gateway: SimulatorProcess, code: int) -> None:
    """Two drops after the first opening make three opens."""
    for opened in (2, 3):
        gateway.control(f"instances/{stage.name}/drop", {"code": code})
        stage.doorstep.wait_for(stage.name, "connection.update", "open", count=opened)


def _twin(stage: Stage) -> None:
    """The same number open on another server, under another name."""
    stage.away.control("webhooks", {"deliver": False})
    stage.server(stage.away, "VPS 2")
    _open_there(stage, stage.away, f"twin-of-{stage.name}", f"token of the twin of {stage.name}")


def _open_there(stage: Stage, gateway: SimulatorProcess, name: str, token: str) -> None:
    body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS", "token": token}
    ask(gateway, "POST", "/instance/create", body, expected={201})
    ask(gateway, "GET", f"/instance/connect/{name}", expected={200})
    stage.pair(gateway, name)


def open_on_two_servers(stage: Stage) -> None:
    stage.connected()
    _twin(stage)


def session_moved(stage: Stage) -> None:
    stage.connected()
    row = stage.plain.execute("SELECT instance_token_sealed AS sealed FROM wa_sessions").fetchone()
    assert row is not None
    delete_there(stage.home, stage.name)
    stage.away.control("webhooks", {"deliver": False})
    stage.server(stage.away, "VPS 2")
    _open_there(stage, stage.away, stage.name, stage.parts.keyring.unseal(row["sealed"]))


def number_elsewhere(stage: Stage) -> None:
    stage.connected()
    _twin(stage)
    ask(stage.home, "DELETE", f"/instance/logout/{stage.name}", expected={200})
    _until_closed(stage)


def nowhere(stage: Stage) -> None:
    stage.created()
    stage.change("wa_sessions", server_id=None)
    delete_there(stage.home, stage.name)


def deleted_there(stage: Stage) -> None:
    stage.created()
    delete_there(stage.home, stage.name)


def half_loaded(stage: Stage) -> None:
    stage.created(stage.old, webhooks=True)
    stage.old.control(f"instances/{stage.name}/half-loaded")
    stage.later(minutes=13)


def banned(stage: Stage) -> None:
    stage.connected()
    stage.home.control(f"instances/{stage.name}/drop", {"code": 403})


def other_phone(stage: Stage) -> None:
    stage.connected()
    stage.api("PATCH", f"/api/instances/{stage.instance_id}", {"expected_number": "6281911111111"})


def logged_out(stage: Stage) -> None:
    stage.connected()
    stage.home.control(f"instances/{stage.name}/drop", {"code": 401})


def ended(stage: Stage) -> None:
    stage.connected()
    stage.home.control(f"instances/{stage.name}/drop", {"code": 402})


def no_pairing_on_two_servers(stage: Stage) -> None:
    stage.created()
    stage.away.control("webhooks", {"deliver": False})
    _pair_in_vain(stage, stage.server(stage.away, "VPS 2"))


def no_pairing_on_one_server(stage: Stage) -> None:
    _pair_in_vain(stage, stage.created())


def _pair_in_vain(stage: Stage, server_id: str) -> None:
    """Three numbers, five tries, for more than half an hour."""
    for sibling in ("b", "c"):
        stage.instance(server_id, f"{stage.name}-{sibling}")
    stage.act("connect")
    stage.act("connect")
    stage.later(minutes=31)


def webhook_never_set(stage: Stage) -> None:
    stage.home.control("faults", {"status": 500, "routes": ["webhook_set"]})
    stage.created()
    stage.home.control("faults", method="DELETE")


def webhook_disabled(stage: Stage) -> None:
    stage.created()
    _webhook(stage, enabled=False)


def webhook_taken(stage: Stage) -> None:
    stage.created()
    point_elsewhere(stage.home, stage.name)


def webhook_without_states(stage: Stage) -> None:
    stage.created()
    _webhook(stage, events=["MESSAGES_UPSERT"])


def webhook_old_address(stage: Stage) -> None:
    stage.created()
    _webhook(stage, url=f"{stage.doorstep.url}/webhooks/{UUID(int=7)}")


def _webhook(stage: Stage, **changes: object) -> None:
    """Somebody changes the webhook on the server itself."""
    found = httpx.get(
        f"{stage.home.url}/webhook/find/{stage.name}", headers={"apikey": stage.home.api_key}, trust_env=False
    ).json()
    known = {key: found[key] for key in ("url", "enabled", "events", "headers")}
    ask(stage.home, "POST", f"/webhook/set/{stage.name}", {"webhook": {**known, **changes}}, expected={201})


def nothing_ever_came(stage: Stage) -> None:
    stage.connected()
    stage.later(seconds=90)


def webhook_stopped(stage: Stage) -> None:
    stage.created(webhooks=True)
    stage.doorstep.wait_for(stage.name, "connection.update", "connecting")
    stage.home.control("webhooks", {"deliver": False})
    stage.later(minutes=5)
    stage.pair(stage.home, stage.name)
    stage.act("connect")
    stage.later(seconds=90)


def qr_limit(stage: Stage) -> None:
    stage.created()
    stage.home.control(f"instances/{stage.name}/qr-limit")


def pairing_code_unused(stage: Stage) -> None:
    stage.created(number=stage.number)
    stage.home.control(f"instances/{stage.name}/drop", {"code": 401})


def stuck(stage: Stage) -> None:
    _without_code(stage)
    stage.later(minutes=3)


def qr_too_old(stage: Stage) -> None:
    stage.created()
    stage.later(seconds=50)


def qr_on_its_way(stage: Stage) -> None:
    _without_code(stage)


def qr_long_on_its_way(stage: Stage) -> None:
    _without_code(stage)
    stage.later(seconds=65)


def _without_code(stage: Stage) -> None:
    """Connecting, as our registry has seen, and the server gives no code."""
    stage.home.control(f"instances/{stage.name}/qr", {"mode": "none"})
    stage.home.control("faults", {"status": 500, "routes": ["connect"]})
    stage.created(webhooks=True)
    stage.home.control("faults", method="DELETE")
    ask(stage.home, "GET", f"/instance/connect/{stage.name}", expected={200})
    stage.doorstep.wait_for(stage.name, "connection.update", "connecting")
    row = stage.plain.execute("SELECT status, qr_at FROM wa_sessions").fetchone()
    assert row == {"status": Status.CONNECTING, "qr_at": None}


def logged_out_by_api(stage: Stage) -> None:
    stage.connected()
    ask(stage.home, "DELETE", f"/instance/logout/{stage.name}", expected={200})
    _until_closed(stage)


def _until_closed(stage: Stage) -> None:
    """2.3.6 answers a logout before it has begun."""
    reply = {"memory": "open"}
    while reply["memory"] != "close":
        reply = stage.home.instances()[stage.name]


def ghost_open(stage: Stage) -> None:
    stage.connected()
    stage.home.control(f"instances/{stage.name}/qr-limit")


def open_but_mute(stage: Stage) -> None:
    stage.connected()
    stage.change("wa_sessions", last_send_error="not_connected")


def end_unseen(stage: Stage) -> None:
    operation_id = _begin(stage, "logout")
    with stage.parts.database.transaction() as connection:
        operations.end(connection, operation_id, "needs_operator", now=stage.clock())


def busy(stage: Stage) -> None:
    _begin(stage, "restart")


def _begin(stage: Stage, action: str) -> UUID:
    server_id = stage.created()
    plan = operations.Plan(UUID(stage.instance_id), UUID(server_id), stage.name, action, "ani", "test")
    with stage.parts.database.transaction() as connection:
        return operations.begin(connection, plan)

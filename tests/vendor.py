"""What other people do on a gateway without us: the simulator's own API, called as they would."""

import time
from urllib.parse import quote

import httpx

from simulator.process import SimulatorProcess


def ask(gateway: SimulatorProcess, method: str, path: str, body: object = None, *, expected: set[int]) -> int:
    """One call with the server's key; the status it got."""
    # A busy machine is no failure.
    reply = httpx.request(
        method, gateway.url + path, json=body, headers={"apikey": gateway.api_key}, trust_env=False, timeout=60
    )
    assert reply.status_code in expected, reply.text
    return reply.status_code


def create_there(gateway: SimulatorProcess, name: str) -> None:
    """Somebody creates an instance on the server itself."""
    body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS", "token": f"token of {name}"}
    ask(gateway, "POST", "/instance/create", body, expected={201})


def delete_there(gateway: SimulatorProcess, name: str) -> None:
    """Somebody deletes an instance on the server itself, and waits: 2.x answers before it has begun, and keeps it until
    our webhook was taken or was tried for 20 minutes, which is half a minute at speed 50."""
    path = quote(name, safe="")
    ask(gateway, "DELETE", f"/instance/logout/{path}", expected={200, 400, 404})
    ask(gateway, "DELETE", f"/instance/delete/{path}", expected={200, 404})
    until = time.monotonic() + 60
    while ask(gateway, "GET", f"/instance/connectionState/{path}", expected={200, 404}) != 404:
        assert time.monotonic() < until, "the server did not delete it"
        time.sleep(0.02)


def point_elsewhere(gateway: SimulatorProcess, name: str) -> None:
    """Somebody points the instance's webhook to a system of theirs."""
    url, events = "https://bot.example.com/hook", ["CONNECTION_UPDATE"]
    nested = {"enabled": True, "url": url, "events": events, "byEvents": False, "base64": False}
    body = {"url": url, "enabled": True, "events": events, "webhook_by_events": False, "webhook": nested}
    ask(gateway, "POST", f"/webhook/set/{name}", body, expected={201})

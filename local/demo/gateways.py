"""The demo's gateway processes, and what a phone, a person at the server or another program does to them."""

import json
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import cast

import aiohttp

from local import spawn
from local.demo.fleet import FLEET, SECOND_NODE, Gateway, Number
from local.keepsakes import read_json, write_private
from local.settings import ROOT, Settings
from local.stack import HOST, Started

FOREIGN_WEBHOOK = "http://bot-lama.localhost/webhook"


class DemoError(Exception):
    """The API or a gateway did not do what the demo asked; the stack itself is fine."""


class Gateways:
    """The processes; their key, secret and ports are the same at every start."""

    def __init__(self, settings: Settings, started: Started, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._started = started
        self._session = session
        self._running = AsyncExitStack()
        self._processes: dict[str, spawn.Helper] = {}
        self.urls: dict[str, str] = {}
        self._kept_at = settings.home / "demo.json"
        kept = dict(read_json(self._kept_at) or {})
        self.key = str(kept.get("key") or secrets.token_hex(16))
        self.secret = str(kept.get("secret") or secrets.token_hex(32))
        self._ports = {one.key: _usable(kept.get(one.key)) for one in FLEET}

    async def start(self, gateway: Gateway) -> str:
        """Start one; its address."""
        self._keep()
        folder = self._settings.home / "demo"
        folder.mkdir(mode=0o700, exist_ok=True)
        webjs = gateway.kind == "webjs"
        command = [
            *("simulator", "--kind", gateway.kind, "--version", gateway.version),
            *("--port", str(self._ports[gateway.key]), "--api-key", self.key),
            # Nodes share their folder, as real ones share a disk: a session can turn up on any of them.
            *("--state", str(folder / ("webjs" if webjs else f"{gateway.key}.json"))),
            *(("--secret", self.secret, "--backend", self._started.url) if webjs else ()),
        ]
        process = await spawn.start(gateway.name, command, ROOT, self._settings.home / "logs" / "demo.log")
        self._running.push_async_callback(process.stop)
        self._started.record.add(process.pid)
        self._processes[gateway.key] = process
        self.urls[gateway.key] = await process.url()
        return self.urls[gateway.key]

    async def move(self, gateway: Gateway) -> None:
        """Stop it and start it at another port, as after a change of the server's address."""
        await self._processes[gateway.key].stop()
        self._ports[gateway.key] = _free_port()
        await self.start(gateway)

    async def close(self) -> None:
        """End them all."""
        await self._running.aclose()

    async def seen(self, gateway: Gateway, number: Number) -> Mapping[str, object]:
        """The number as its gateway has it; empty where it is not there."""
        every = await self._call("GET", gateway, "/_sim/instances")
        return cast("Mapping[str, object]", every.get(number.name) or {})

    async def asked(self, gateway: Gateway) -> Sequence[Mapping[str, object]]:
        """What the gateway was asked so far."""
        return cast("Sequence[Mapping[str, object]]", (await self._call("GET", gateway, "/_sim/state"))["requests"])

    async def scan(self, gateway: Gateway, number: Number) -> None:
        """The phone scans the code that is shown; raises DemoError where there is none."""
        wish = {"number": number.phone, "profile_name": number.label}
        await self._act(gateway, number, "pair", wish)

    async def withhold_codes(self, gateway: Gateway, number: Number, *, on: bool) -> None:
        """Show no code, or show them again."""
        await self._act(gateway, number, "qr", {"mode": "none" if on else "normal"})

    async def drop(self, gateway: Gateway, number: Number, code: int) -> None:
        """WhatsApp ends the connection for that reason."""
        await self._act(gateway, number, "drop", {"code": code})

    async def point_elsewhere(self, gateway: Gateway, number: Number) -> None:
        """Somebody sets the webhook to a system of their own."""
        wish = {"enabled": True, "url": FOREIGN_WEBHOOK, "events": ["MESSAGES_UPSERT"]}
        await self._call("POST", gateway, f"/webhook/set/{number.name}", {"webhook": wish})

    async def move_session(self, gateway: Gateway, number: Number, workspace: object) -> None:
        """The session ends on its node and begins on the second one; neither says so."""
        second = next(one for one in FLEET if one.key == SECOND_NODE)
        await self._act(gateway, number, "vanish", {})
        wish = {"workspace_id": workspace, "number": number.phone}
        await self._call("POST", second, "/_sim/webhooks", {"deliver": False})
        await self._act(second, number, "appear", wish)
        await self._call("POST", second, "/_sim/webhooks", {"deliver": True})

    async def _act(self, gateway: Gateway, number: Number, action: str, wish: Mapping[str, object]) -> None:
        await self._call("POST", gateway, f"/_sim/instances/{number.name}/{action}", wish)

    async def _call(
        self, method: str, gateway: Gateway, path: str, body: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        url = self.urls[gateway.key] + path
        async with self._session.request(method, url, json=body, headers={"apikey": self.key}) as response:
            if response.status >= 400:  # noqa: PLR2004  an error
                raise DemoError(f"{gateway.name}: {method} {path} answered {response.status}: {await response.text()}")
            return cast("Mapping[str, object]", await response.json())

    def _keep(self) -> None:
        self._ports = {key: port or _free_port() for key, port in self._ports.items()}
        kept = {"key": self.key, "secret": self.secret, **self._ports}
        write_private(self._kept_at, json.dumps(kept))


def _usable(port: object) -> int:
    """The port of the last time, if it is still free; else 0."""
    with socket.socket() as probe:
        try:
            probe.bind((HOST, int(str(port or 0))))
        except (OSError, ValueError):
            return 0
    return int(str(port or 0))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

"""A demo fleet: two simulated gateways, registered and paired through the API as a person would."""

import asyncio
import json
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

import aiohttp

from local import identity, spawn
from local.errors import StackError
from local.keepsakes import read_json, write_private
from local.settings import ROOT, Settings
from local.stack import HOST, Started

CALL_S = 30.0
CONNECT_TRIES = 5


@dataclass(frozen=True, slots=True)
class Gateway:
    """A simulated gateway and its instances: name, label, and the number that is paired to it, if any."""

    name: str
    version: str
    instances: tuple[tuple[str, str, str], ...]


FLEET = (
    Gateway(
        "Demo Evolution 1.8.2",
        "1.8.2",
        (("toko-utama", "Toko Utama", "6281100000001"), ("kasir", "Kasir", "")),
    ),
    Gateway(
        "Demo Evolution 2.3.6",
        "2.3.6",
        (("layanan", "Layanan Pelanggan", "6281100000002"), ("gudang", "Gudang", "")),
    ),
)


class DemoError(Exception):
    """The API or a gateway did not do what the demo asked; the stack itself is fine."""


class Demo:
    """The fleet's processes; as a context manager, because they end with the stack."""

    def __init__(self, settings: Settings, started: Started) -> None:
        self._settings = settings
        self._started = started
        self._processes = AsyncExitStack()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_S))
        self._token = ""

    async def __aenter__(self) -> Self:
        await self._processes.enter_async_context(self._session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._processes.aclose()

    async def run(self) -> None:
        """Bring the fleet up unless it is not wanted; what fails is told in one line and stops nothing."""
        if not self._settings.demo:
            return
        try:
            await self._set_up()
        except (DemoError, StackError, aiohttp.ClientError, TimeoutError) as error:
            sys.stderr.write(f"sambung: the demo fleet is not complete: {error or type(error).__name__}\n")
        else:
            print("The demo fleet is ready.", flush=True)

    async def _set_up(self) -> None:
        started = self._started
        self._token = await identity.sign_in(started.aws, started.client_id, "admin", started.passwords["admin"])
        clients = _items(await self._api("GET", "/api/clients"))
        kept = self._kept()
        await asyncio.gather(*(self._set_up_gateway(gateway, str(clients[0]["id"]), kept) for gateway in FLEET))

    async def _set_up_gateway(self, gateway: Gateway, client: str, kept: Mapping[str, object]) -> None:
        url = await self._start(gateway, kept)
        server = await self._register(gateway, url, str(kept["key"]))
        for instance in gateway.instances:
            await self._create(client, server, url, instance)

    def _kept(self) -> dict[str, object]:
        """The gateways' key and ports, the same at every start."""
        path = self._settings.home / "demo.json"
        kept = dict(read_json(path) or {})
        kept.setdefault("key", secrets.token_hex(16))
        for gateway in FLEET:
            if not _is_free(port := int(str(kept.get(gateway.version, 0)))):
                port = 0
            kept[gateway.version] = port or _free_port()
        write_private(path, json.dumps(kept))
        return kept

    async def _start(self, gateway: Gateway, kept: Mapping[str, object]) -> str:
        folder = self._settings.home / "demo"
        folder.mkdir(mode=0o700, exist_ok=True)
        command = [
            *("simulator", "--kind", "evolution", "--version", gateway.version),
            *("--port", str(kept[gateway.version]), "--api-key", str(kept["key"])),
            *("--state", str(folder / f"{gateway.version}.json")),
        ]
        process = await spawn.start(gateway.name, command, ROOT, self._settings.home / "logs" / "demo.log")
        self._processes.push_async_callback(process.stop)
        self._started.record.add(process.pid)
        return await process.url()

    async def _register(self, gateway: Gateway, url: str, key: str) -> str:
        """Add the server, or tell the API its new address; its id."""
        known = {server["name"]: server for server in _items(await self._api("GET", "/api/servers"))}
        if (server := known.get(gateway.name)) is None:
            body = {"name": gateway.name, "kind": "evolution", "base_url": url, "api_key": key}
            server = await self._api("POST", "/api/servers", body)
        elif server["base_url"] != url:
            await self._api("PATCH", f"/api/servers/{server['id']}", {"base_url": url})
        return str(server["id"])

    async def _create(self, client: str, server: str, url: str, wanted: tuple[str, str, str]) -> None:
        name, label, number = wanted
        known = {instance["instance_name"] for instance in _items(await self._api("GET", "/api/instances"))}
        if name in known:
            return
        body = {"client_id": client, "instance_name": name, "server_id": server, "label": label}
        created = await self._api("POST", "/api/instances", body)
        if not number:
            return
        for _ in range(CONNECT_TRIES):
            if created.get("qr"):
                break
            created = await self._api("POST", f"/api/instances/{created['id']}/connect", {}) | {"id": created["id"]}
        await self._pair(url, name, number, label)

    async def _pair(self, url: str, name: str, number: str, label: str) -> None:
        """Scan the code that is shown."""
        body = {"number": number, "profile_name": label}
        async with self._session.post(f"{url}/_sim/instances/{name}/pair", json=body) as response:
            if response.status >= 400:  # noqa: PLR2004  an error
                raise DemoError(f"the simulated phone could not scan {name}: {await response.text()}")

    async def _api(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, self._started.url + path, json=body, headers=headers) as response:
            if response.status >= 400:  # noqa: PLR2004  an error
                raise DemoError(f"{method} {path} answered {response.status}: {await response.text()}")
            return cast("dict[str, object]", await response.json())


def _items(answer: Mapping[str, object]) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", answer["items"])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

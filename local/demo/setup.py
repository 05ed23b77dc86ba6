"""Brings the demo fleet up through the API, as a person would, and lets each trouble happen once."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, cast

import aiohttp

from local import identity
from local.demo.fleet import FLEET, Gateway, Number, Trouble
from local.demo.gateways import DemoError, Gateways
from local.demo.phones import Phones
from local.errors import StackError
from local.settings import Settings
from local.stack import Started

CALL_S = 40.0
CONNECT_TRIES = 5
PATIENCE_S = 15.0
LOOKS = 8
LOOK_EVERY_S = 0.5
REMOVED_ON_PHONE = 401
# The devices of these are linked before their trouble begins.
UNLINKED = frozenset({Trouble.NEW, Trouble.STUCK})


class Demo:
    """The fleet; as a context manager, because its processes end with the stack."""

    def __init__(self, settings: Settings, started: Started) -> None:
        self._settings = settings
        self._started = started
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_S))
        self._gateways = Gateways(settings, started, self._session)
        self._phones: asyncio.Task[None] | None = None
        self._token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._phones is not None:
            self._phones.cancel()
            with suppress(asyncio.CancelledError):
                await self._phones
        await self._gateways.close()
        await self._session.close()

    async def run(self) -> None:
        """Bring the fleet up unless it is not wanted; what fails is told in one line and stops nothing."""
        if not self._settings.demo:
            return
        try:
            await self._set_up()
        except (DemoError, StackError, aiohttp.ClientError, TimeoutError) as error:
            sys.stderr.write(f"sambung: the demo fleet is not complete: {str(error) or type(error).__name__}\n")
            return
        self._phones = asyncio.create_task(Phones(self._gateways).run())
        print("The demo fleet is ready. Its phones scan a code ten seconds after you ask for one.", flush=True)

    async def _set_up(self) -> None:
        started = self._started
        self._token = await identity.sign_in(started.aws, started.client_id, "admin", started.passwords["admin"])
        client = str((await self._items("/api/clients"))[0]["id"])
        servers = {one.key: await self._known_server(one, await self._gateways.start(one)) for one in FLEET}
        there = {str(instance["instance_name"]): instance for instance in await self._items("/api/instances")}
        await asyncio.gather(
            *(self._number(one, number, servers[one.key], client, there) for one in FLEET for number in one.numbers)
        )
        # Its name tells where it is by now, once it has moved.
        unmoved = {str(server["name"]) for server in await self._items("/api/servers")}
        for gateway in FLEET:
            if gateway.moves and gateway.name in unmoved:
                await self._move(gateway, servers[gateway.key])

    async def _known_server(self, gateway: Gateway, url: str) -> str:
        """Add the server, or tell the API its new address; its id."""
        for server in await self._items("/api/servers"):
            if str(server["name"]).startswith(gateway.name):
                # The one that moved is to be found by a person.
                if server["base_url"] != url and not gateway.moves:
                    await self._api("PATCH", f"/api/servers/{server['id']}", {"base_url": url})
                return str(server["id"])
        secret = {"webhook_secret": self._gateways.secret} if gateway.kind == "webjs" else {}
        body = {"name": gateway.name, "kind": gateway.kind, "base_url": url, "api_key": self._gateways.key, **secret}
        # A node calls itself localhost, whatever it is called by others.
        announced = {"announced_url": url.replace("127.0.0.1", "localhost")} if gateway.kind == "webjs" else {}
        return str((await self._api("POST", "/api/servers", {**body, **announced}))["id"])

    async def _number(
        self, gateway: Gateway, number: Number, server: str, client: str, there: Mapping[str, Mapping[str, object]]
    ) -> None:
        if number.trouble is Trouble.STUCK:
            await self._silence(gateway, number)
        known = there.get(number.name)
        if known is None:
            body = {"client_id": client, "instance_name": number.name, "server_id": server, "label": number.label}
            known = await self._api("POST", "/api/instances", body)
        # One that never had a number was left behind by a start that was cut short.
        if number.trouble in UNLINKED or known["phone_number"]:
            return
        await self._link(gateway, number, str(known["id"]), server)
        await self._begin(gateway, number, str(known["id"]))

    async def _silence(self, gateway: Gateway, number: Number) -> None:
        """Unless somebody solved it in an earlier run."""
        if not (await self._gateways.seen(gateway, number)).get("connected"):
            await self._gateways.withhold_codes(gateway, number, on=True)

    async def _link(self, gateway: Gateway, number: Number, instance: str, server: str) -> None:
        """Scan a code, and wait until Sambung has seen it."""
        for _ in range(CONNECT_TRIES):
            with suppress(DemoError):
                await self._gateways.scan(gateway, number)
                break
            await asyncio.sleep(LOOK_EVERY_S)
            await self._api("POST", f"/api/instances/{instance}/connect", {})
        await self._connected(instance, server)

    async def _begin(self, gateway: Gateway, number: Number, instance: str) -> None:
        """Let its trouble happen."""
        match number.trouble:
            case Trouble.LOGGED_OUT:
                await self._gateways.drop(gateway, number, REMOVED_ON_PHONE)
            case Trouble.ELSEWHERE:
                await self._gateways.point_elsewhere(gateway, number)
            case Trouble.PARKED:
                await self._api("PATCH", f"/api/instances/{instance}", {"desired": "parked"})
                await self._api("POST", f"/api/instances/{instance}/logout", {})
            case Trouble.MOVED:
                seen = await self._gateways.seen(gateway, number)
                await self._gateways.move_session(gateway, number, seen["workspace_id"])
            case _:
                pass

    async def _move(self, gateway: Gateway, server: str) -> None:
        await self._gateways.move(gateway)
        port = self._gateways.urls[gateway.key].rpartition(":")[2]
        await self._api("PATCH", f"/api/servers/{server}", {"name": f"{gateway.name} (port {port})"})

    async def _connected(self, instance: str, server: str) -> None:
        """Wait for it; on a busy machine a wake-up may come to nothing, and then a person would have it looked at."""
        for _ in range(LOOKS):
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    while not await self._is_connected(instance):  # noqa: ASYNC110  the API can only be asked
                        await asyncio.sleep(LOOK_EVERY_S)
                return
            await self._api("POST", "/api/reconcile", {"server_id": server})
        raise DemoError(f"instance {instance} did not connect within {LOOKS * PATIENCE_S:.0f} s")

    async def _is_connected(self, instance: str) -> bool:
        return (await self._api("GET", f"/api/instances/{instance}"))["status"] == "connected"

    async def _items(self, path: str) -> list[dict[str, object]]:
        return cast("list[dict[str, object]]", (await self._api("GET", path))["items"])

    async def _api(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, self._started.url + path, json=body, headers=headers) as response:
            if response.status >= 400:  # noqa: PLR2004  an error
                raise DemoError(f"{method} {path} answered {response.status}: {await response.text()}")
            return cast("dict[str, object]", await response.json())

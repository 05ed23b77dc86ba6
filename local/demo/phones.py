"""The demo's people: they scan a code once somebody asked for it, and their troubles end by what really ends them."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress

import aiohttp

from local.demo.fleet import FLEET, Gateway, Number, Trouble
from local.demo.gateways import DemoError, Gateways

LOOK_EVERY_S = 3.0
# Long enough to see the code on the screen.
SCAN_AFTER_S = 10.0
# A number used by two programs is thrown out again and again.
FIGHT_EVERY_S = 20.0
REPLACED = 440
_ASKS_FOR_CODE = ("/instance/connect/",)
_ENDS_TROUBLE = ("/instance/restart/", "/instance/logout/", "/instance/delete/")


class Phones:
    """Watches what the gateways are asked about each number."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self._seen: dict[tuple[str, str, str], int] = {}
        self._scanning: set[asyncio.Task[None]] = set()
        self._fighting = {number.name for _, number in numbers(Trouble.REPLACED)}
        self._fought_at = 0.0

    async def run(self) -> None:
        """Until cancelled. A gateway that is away for a moment ends nothing."""
        await self._note_all()
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                for gateway in FLEET:
                    with suppress(DemoError, aiohttp.ClientError, TimeoutError):
                        await self._look(gateway)
                await self._fight()
        finally:
            for task in self._scanning:
                task.cancel()

    async def _note_all(self) -> None:
        """What was asked before is no news."""
        for gateway in FLEET:
            with suppress(DemoError, aiohttp.ClientError, TimeoutError):
                for number in gateway.numbers:
                    asked = await self._gateways.asked(gateway)
                    for what in (_ASKS_FOR_CODE, _ENDS_TROUBLE):
                        self._news(gateway, number, asked, what)

    async def _look(self, gateway: Gateway) -> None:
        asked = await self._gateways.asked(gateway)
        for number in gateway.numbers:
            if self._news(gateway, number, asked, _ENDS_TROUBLE):
                await self._relieve(gateway, number)
            if self._news(gateway, number, asked, _ASKS_FOR_CODE):
                task = asyncio.create_task(self._scan(gateway, number))
                self._scanning.add(task)
                task.add_done_callback(self._scanning.discard)

    def _news(
        self, gateway: Gateway, number: Number, asked: Iterable[Mapping[str, object]], what: tuple[str, ...]
    ) -> bool:
        """Whether the gateway was asked such a thing since the last look."""
        count = sum(_is_about(number, one, what) for one in asked)
        place = (gateway.key, number.name, what[0])
        before, self._seen[place] = self._seen.get(place, 0), count
        return count > before

    async def _relieve(self, gateway: Gateway, number: Number) -> None:
        if number.trouble is Trouble.STUCK:
            await self._gateways.withhold_codes(gateway, number, on=False)
        self._fighting.discard(number.name)

    async def _scan(self, gateway: Gateway, number: Number) -> None:
        await asyncio.sleep(SCAN_AFTER_S)
        with suppress(DemoError, aiohttp.ClientError, TimeoutError):
            await self._gateways.scan(gateway, number)

    async def _fight(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._fought_at < FIGHT_EVERY_S:
            return
        self._fought_at = now
        for gateway, number in numbers(Trouble.REPLACED):
            if number.name in self._fighting:
                with suppress(DemoError, aiohttp.ClientError, TimeoutError):
                    await self._gateways.drop(gateway, number, REPLACED)


def numbers(trouble: Trouble) -> list[tuple[Gateway, Number]]:
    """Those with that trouble, with their gateways."""
    return [(gateway, number) for gateway in FLEET for number in gateway.numbers if number.trouble is trouble]


def _is_about(number: Number, request: Mapping[str, object], what: tuple[str, ...]) -> bool:
    path = str(request["path"]).partition("?")[0]
    return path.startswith(what) and path.endswith(f"/{number.name}")

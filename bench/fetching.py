"""The plain alternative to a sweep: the same requests through httpx alone, and nothing done with the answers."""

import asyncio
import time
from collections.abc import Sequence
from typing import Self

import httpx

from bench.stage import API_KEY, Server

LIST = "/instance/fetchInstances"
# As many at once on one server as the reconciler allows itself.
AT_ONCE = 10


class Fetching:
    """One event loop and one client for many runs, as an execution environment has them; a context manager."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers
        self._runner = asyncio.Runner()
        # One client for all would search one long list of connections at every request.
        self._clients = {one.id: _client() for one in servers}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._close())
        self._runner.close()

    def lists(self) -> float:
        """Seconds for the lists of all servers at once."""
        return self._timed([[LIST] for _ in self._servers])

    def requests(self, asked: Sequence[Sequence[str]]) -> float:
        """Seconds for what each server was asked: its list, then the rest, so many at once."""
        return self._timed(asked)

    def one_after_the_other(self) -> float:
        """Seconds for the lists of all servers, each after the one before."""
        started = time.perf_counter()
        self._runner.run(self._in_a_row())
        return time.perf_counter() - started

    def _timed(self, asked: Sequence[Sequence[str]]) -> float:
        started = time.perf_counter()
        self._runner.run(self._at_once(asked))
        return time.perf_counter() - started

    async def _in_a_row(self) -> None:
        for server in self._servers:
            await self._get(server, LIST)

    async def _close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def _at_once(self, asked: Sequence[Sequence[str]]) -> None:
        await asyncio.gather(*(self._of(one, paths) for one, paths in zip(self._servers, asked, strict=True)))

    async def _of(self, server: Server, paths: Sequence[str]) -> None:
        first, *rest = paths
        await self._get(server, first)
        gate = asyncio.Semaphore(AT_ONCE)

        async def get(path: str) -> None:
            async with gate:
                await self._get(server, path)

        await asyncio.gather(*(get(path) for path in rest))

    async def _get(self, server: Server, path: str) -> None:
        (await self._clients[server.id].get(server.url + path)).raise_for_status().json()


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        headers={"apikey": API_KEY, "accept-encoding": "identity"},
        timeout=60,
        trust_env=False,
        verify=False,  # noqa: S501  nothing here speaks TLS, and reading certificates takes a while
        limits=httpx.Limits(max_connections=20, keepalive_expiry=4.0),
    )

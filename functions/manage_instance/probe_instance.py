"""A probe instance: made with our webhook on a server for a moment, since its making is told; no number is touched."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from manage_instance.acting import Acting
from manage_instance.ending import gone
from manage_instance.journal import Running
from sambung.domain.probe_instance import PROBED_WITHIN, probe_name
from sambung.edge.probe_instance import remove
from sambung.edge.webhook_target import probe_target
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed
from sambung.store import probe_instances

GONE_WITHIN_S = 4.0
TURN_WITHIN_S = 5.0
TURN_POLL_S = 0.2
# What the action itself still needs for its end.
LEAVE_S = 1.0


@dataclass
class ProbeInstance:
    """Has a server tell of a new instance by the way that this one's events would come.

    The door believes it by the mark in its address, so what comes after all proves as well. What fails here fails
    nothing else: a probe that is still there is left to the next one, or to the sweep.
    """

    parts: Parts
    running: Running
    acting: Acting

    async def run(self, arrives: Callable[[], Awaitable[bool]]) -> None:
        """Make one and remove it; `arrives` waits for its event."""
        try:
            async with asyncio.timeout(self.acting.deadline - LEAVE_S - time.monotonic()):
                if await self._my_turn():
                    await self._probe(arrives)
        except TimeoutError:
            return

    async def _my_turn(self) -> bool:
        """Wait until nobody else probes this server, and nothing of an earlier probe is there."""
        ends = time.monotonic() + TURN_WITHIN_S
        while (turn := self._take()) is None:
            if time.monotonic() + TURN_POLL_S > ends:
                return False
            await asyncio.sleep(TURN_POLL_S)
        if turn.left_behind is None:
            return True
        await remove(self.parts.keyring, self.acting.gateway, self.running.server, turn.left_behind)
        cleared = await self._gone(turn.left_behind)
        if not cleared:
            self._give_back(gone=False)
        return cleared

    async def _probe(self, arrives: Callable[[], Awaitable[bool]]) -> None:
        server = self.running.server
        name = probe_name(server.id, self.parts.now(), os.urandom(4))
        token = self.parts.keyring.probe_token(server.id, name, server.key_id)
        with self.parts.database.transaction() as connection:
            probe_instances.name(connection, server.id, name)
        wanted = probe_target(self.parts, server, self.running.instance, name)
        made = await self.acting.gateway.create(name, token, webhook=wanted)
        if not isinstance(made, Failed):
            await arrives()
        await self.acting.gateway.delete(name)
        self._give_back(gone=await self._gone(name))

    async def _gone(self, name: str) -> bool:
        return await gone(self.acting.gateway, name, deadline=time.monotonic() + GONE_WITHIN_S)

    def _take(self) -> probe_instances.Turn | None:
        with self.parts.database.transaction() as connection:
            return probe_instances.take(connection, self.running.server.id, PROBED_WITHIN)

    def _give_back(self, *, gone: bool) -> None:
        with self.parts.database.transaction() as connection:
            probe_instances.give_back(connection, self.running.server.id, gone=gone)

"""Delete an instance: done only when the server no longer knows it, since a gateway says 200 before it has begun."""

import asyncio
import time

from manage_instance import webhook_setting
from manage_instance.journal import Running
from sambung.domain.errors import Code, RequestError
from sambung.domain.instance import WebhookState
from sambung.edge import webhook_target
from sambung.edge.webhook_target import Found
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Gateway, Memory, Ok

POLL_S = 0.4


class Deleting:
    """The action *delete*."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, running: Running, *, take_over: bool) -> bool:
        """Delete it on its server and watch it go; whether that was seen in time.

        Raises `webhook_elsewhere` while somebody else's system lives on it, and what the gateway failed with.
        """
        gateway = self._parts.gateway_for(running.server)
        if not take_over:
            self._refuse_if_elsewhere(running, gateway)
        return self._parts.run(self._delete(gateway, running.instance.instance_name, running.who.deadline))

    def _refuse_if_elsewhere(self, running: Running, gateway: Gateway) -> None:
        wanted = webhook_target.target(self._parts, running.server, running.instance)
        found = self._parts.run(webhook_target.look(gateway, running.instance.instance_name, wanted))
        webhook_setting.keep(self._parts, running, found)
        if isinstance(found, Found) and found.state is WebhookState.ELSEWHERE:
            raise RequestError(Code.WEBHOOK_ELSEWHERE, params={"host": found.host or "?"})

    async def _delete(self, gateway: Gateway, name: str, deadline: float) -> bool:
        memory = await gateway.memory(name)
        if isinstance(memory, Failed):
            memory.throw()
        if memory.value is None:
            return True
        if memory.value in {Memory.OPEN, Memory.CONNECTING}:
            # 1.x refuses to delete an open instance; elsewhere this ends the session on the phone as well.
            await self._log_out(gateway, name, deadline)
        answer = await gateway.delete(name)
        if isinstance(answer, Failed) and answer.code is not Code.INSTANCE_NOT_FOUND_ON_SERVER:
            answer.throw()
        return await gone(gateway, name, deadline=deadline)

    async def _log_out(self, gateway: Gateway, name: str, deadline: float) -> None:
        answer = await gateway.logout(name)
        if isinstance(answer, Failed) and answer.code is not Code.INSTANCE_NOT_FOUND_ON_SERVER:
            answer.throw()
        until = min(deadline, time.monotonic() + 5)
        while time.monotonic() < until:
            memory = await gateway.memory(name)
            if isinstance(memory, Ok) and memory.value not in {Memory.OPEN, Memory.CONNECTING}:
                return
            await asyncio.sleep(POLL_S)


async def gone(gateway: Gateway, name: str, *, deadline: float) -> bool:
    """Whether the server knows the name no longer, in its memory and in its list, before the deadline.

    A server that answers nothing proves nothing; `deadline` is on the monotonic clock.
    """
    while True:
        memory = await gateway.memory(name)
        if isinstance(memory, Ok) and memory.value is None:
            row = await gateway.instance(name)
            if isinstance(row, Ok) and row.value is None:
                return True
        if time.monotonic() + POLL_S > deadline:
            return False
        await asyncio.sleep(POLL_S)

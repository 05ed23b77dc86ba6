"""The two ways to end a session: log out, and delete; both believed only when the server is seen without it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from manage_instance.acting import LOGGED_OUT, POLL_S, Acting, not_confirmed, not_offered
from sambung.domain.errors import Code
from sambung.domain.instance import Seen, Source
from sambung.gateways.shape import Failed, Gateway, Kind, Memory, Ok, WebhookTarget

CLOSED_WITHIN_S = 8.0
STAYS_CLOSED_FOR_S = 0.5
LOGOUT_BEFORE_DELETE_S = 5.0
_LOGGED_IN = frozenset({Memory.OPEN, Memory.CONNECTING})


@dataclass
class LoggingOut:
    """The action *logout*."""

    acting: Acting
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Log out; done when the session is closed and stays so. Raises `action_not_confirmed` where it comes back."""
        if not self.acting.quirks.offers_logout:
            raise not_offered("no_logout")
        if await self.acting.present() is not Memory.CLOSE:
            answer = await self.acting.gateway.logout(self.acting.name)
            if isinstance(answer, Failed) and not self._may_be_out(answer):
                answer.throw()
        memory = await self.acting.until({Memory.CLOSE, None}, CLOSED_WITHIN_S)
        read_at = self.now()
        if memory is Memory.CLOSE:
            # Where WhatsApp is out of reach it says close and dials again.
            await asyncio.sleep(STAYS_CLOSED_FOR_S)
            read_at, memory = self.now(), await self.acting.memory()
        if memory is Memory.CLOSE:
            self.acting.saw(Seen.CLOSE, read_at, source=Source.READ, reason=LOGGED_OUT)
            return
        self._still_there(memory, read_at)
        raise not_confirmed(memory)

    def _may_be_out(self, answer: Failed) -> bool:
        return answer.kind is Kind.AMBIGUOUS or answer.code is Code.INSTANCE_NOT_FOUND_ON_SERVER

    def _still_there(self, memory: Memory | None, read_at: datetime) -> None:
        seen = {Memory.OPEN: Seen.OPEN, Memory.CONNECTING: Seen.CONNECTING}
        if memory in seen:
            self.acting.saw(seen[memory], read_at, source=Source.READ)


@dataclass
class Deleting:
    """The action *delete*. `ours`: our webhook, where it is set; None leaves what is set there alone."""

    acting: Acting
    ours: WebhookTarget | None

    async def run(self) -> None:
        """Delete it and watch it go, for as long as there is time. Raises GatewayFailed for a refusal."""
        memory = await self.acting.memory()
        if memory is None and await gone_now(self.acting.gateway, self.acting.name):
            return
        await self._free_from_webhook()
        if memory in _LOGGED_IN and self.acting.quirks.offers_logout:
            # 1.x refuses to delete an open instance; elsewhere this ends the session on the phone as well.
            await self._log_out()
        answer = await self.acting.gateway.delete(self.acting.name)
        if isinstance(answer, Failed) and answer.cause == "still_connected":
            # It had come back meanwhile.
            await self._log_out()
            answer = await self.acting.gateway.delete(self.acting.name)
        if isinstance(answer, Failed) and answer.code is not Code.INSTANCE_NOT_FOUND_ON_SERVER:
            if answer.kind is not Kind.AMBIGUOUS:
                answer.throw()
            if not await gone(self.acting.gateway, self.acting.name, deadline=time.monotonic() + 2):
                answer.throw()
            return
        while True:
            if await gone_now(self.acting.gateway, self.acting.name):
                return
            await asyncio.sleep(POLL_S)

    async def _free_from_webhook(self) -> None:
        """Switch our webhook off first: while it cannot be reached the server keeps the instance, for 20 minutes."""
        if self.ours is not None and self.acting.quirks.delete_waits_for_webhook:
            await self.acting.gateway.set_webhook(self.acting.name, replace(self.ours, enabled=False, events=()))

    async def _log_out(self) -> None:
        answer = await self.acting.gateway.logout(self.acting.name)
        if isinstance(answer, Failed) and answer.kind is Kind.PERMANENT:
            if answer.code is not Code.INSTANCE_NOT_FOUND_ON_SERVER:
                answer.throw()
            return
        await self.acting.until({Memory.CLOSE, Memory.UNKNOWN, None}, LOGOUT_BEFORE_DELETE_S)


async def gone_now(gateway: Gateway, name: str) -> bool:
    """Whether the server knows the name neither in its memory nor in its list; one that does not answer proves
    nothing."""
    memory = await gateway.memory(name)
    if not isinstance(memory, Ok) or memory.value is not None:
        return False
    row = await gateway.instance(name)
    return isinstance(row, Ok) and row.value is None


async def gone(gateway: Gateway, name: str, *, deadline: float) -> bool:
    """Whether it was seen gone before the deadline, on the monotonic clock."""
    while not await gone_now(gateway, name):
        if time.monotonic() + POLL_S > deadline:
            return False
        await asyncio.sleep(POLL_S)
    return True

"""Restart: only where it helps, and believed only when the session is seen open again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from manage_instance.acting import Acting, needs_recreate, not_confirmed, not_offered
from sambung.domain.errors import Code, RequestError
from sambung.domain.instance import Seen, Source
from sambung.gateways.shape import Failed, Kind, Memory

# Back after a restart: a login takes about two seconds, a slow one ten.
BACK_WITHIN_S = 12.0


@dataclass
class Restarting:
    """The action *restart*."""

    acting: Acting
    now: Callable[[], datetime]

    async def run(self) -> Memory:
        """Restart it and watch it come back: open, or connecting where that takes longer.

        Raises `not_connected` where there is nothing to restart, `needs_recreate` where a restart would harm, and
        `action_not_confirmed` where it is closed afterwards.
        """
        if not self.acting.quirks.offers_restart:
            raise not_offered("no_restart")
        memory = await self.acting.present()
        self._refuse_if_useless(memory)
        asked_at = self.now()
        answer = await self.acting.gateway.restart(self.acting.name)
        if isinstance(answer, Failed):
            await self._after_failure(answer)
        self.acting.saw(Seen.CONNECT_ACCEPTED, asked_at)
        return await self._back()

    def _refuse_if_useless(self, memory: Memory) -> None:
        quirks = self.acting.quirks
        if memory is Memory.OPEN and quirks.restart_deafens:
            raise needs_recreate("restart_deafens")
        if memory is Memory.UNKNOWN:
            raise needs_recreate("half_loaded")
        if memory is Memory.CLOSE or (memory is Memory.CONNECTING and quirks.restart_needs_open):
            cause = "restart_closed" if memory is Memory.CLOSE else "restart_connecting"
            raise RequestError(Code.NOT_CONNECTED, params={"cause": cause})

    async def _after_failure(self, answer: Failed) -> None:
        """A restart that may have been done is judged by the state alone, which cannot tell an open session apart."""
        if answer.kind is not Kind.AMBIGUOUS:
            answer.throw()
        memory = await self.acting.memory()
        if memory is Memory.OPEN:
            await self.acting.opened()
        answer.throw()

    async def _back(self) -> Memory:
        read_at = self.now()
        memory = await self.acting.until({Memory.OPEN, None}, BACK_WITHIN_S)
        if memory is Memory.OPEN:
            await self.acting.opened()
            return memory
        if memory is Memory.CONNECTING:
            self.acting.saw(Seen.CONNECTING, self.now(), source=Source.READ)
            return memory
        if memory is Memory.CLOSE:
            self.acting.saw(Seen.CLOSE, read_at, source=Source.READ)
        raise not_confirmed(memory)

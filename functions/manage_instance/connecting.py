"""Connect: bring a QR or find the number connected already; never show a code that was used before."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from manage_instance.acting import Acting, needs_recreate, not_confirmed, not_offered
from sambung.domain.instance import Qr, Seen, Source
from sambung.domain.qr import life, same_offer
from sambung.gateways.shape import ConnectAnswer, Failed, Kind, Memory, Result

NoQr = Literal["qr_not_ready", "qr_expired", "qr_limit_reached", "connected"]
RETRY_AFTER_S = (1.0, 2.0, 4.0)
CLOSE_WAIT_S = 5.0
STAYS_CLOSED_FOR_S = 0.3


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the session from before.

    `paired`: it was open since its last pairing, so a code that comes while it dials is an old, used one. `had_number`:
    a phone was paired with this life of the name. `offer` was received at `offered_at`. `dead`: the hash of the code
    that our logout ended.
    """

    paired: bool = False
    had_number: bool = False
    offer: Qr | None = None
    offered_at: datetime | None = None
    dead: bytes | None = None


NEWBORN = Past()


@dataclass(frozen=True, slots=True)
class Connection:
    """What connecting brought. `reason` says why there is no QR."""

    qr: Qr | None = None
    open: bool = False
    reason: NoQr | None = None


@dataclass
class Connecting:
    """One attempt to connect one instance on its server."""

    acting: Acting
    past: Past
    now: Callable[[], datetime]
    stale: bool = False

    async def run(self, number: str | None = None) -> Connection:
        """Connect and read back; raises GatewayFailed, and `invalid_request` for a number where none can be used."""
        if number is not None and not self.acting.quirks.offers_pairing_code:
            raise not_offered("no_pairing_code")
        memory = await self._settled()
        if memory is Memory.OPEN:
            return await self._opened()
        if memory is Memory.CONNECTING and number is not None:
            # A number is ignored while a QR is offered: that offer has to end first.
            await self._log_out()
            return await self._ask(number, redialling=False)
        if memory is Memory.CLOSE and self.past.had_number and not self.acting.quirks.new_qr_after_logout:
            raise needs_recreate("no_new_qr")
        return await self._ask(number, redialling=memory is Memory.CONNECTING and self.past.paired)

    async def _settled(self) -> Memory:
        """A session without a state is being loaded, or only half was: wait for it before anything is asked."""
        for wait in (*RETRY_AFTER_S, None):
            memory = await self.acting.present()
            if memory is not Memory.UNKNOWN:
                return memory
            if not await self._may_wait(wait):
                break
        raise needs_recreate("half_loaded")

    async def _ask(self, number: str | None, *, redialling: bool) -> Connection:
        """Ask for a code, again after 1, 2 and 4 s while the server is still connecting.

        Right after a logout a gateway may answer with the code from before: one for a number has a pairing code.
        """
        unwanted: Qr | None = None
        for wait in (*RETRY_AFTER_S, None):
            asked_at = self.now()
            answer = await self.acting.gateway.connect(self.acting.name, number)
            found = _understood(answer)
            if found.open:
                return await self._opened()
            if not isinstance(answer, Failed):
                self.acting.saw(Seen.CONNECT_ACCEPTED, asked_at)
            if found.qr is not None and not redialling and not self._is_stale(found.qr):
                if number is None or found.qr.pairing_code:
                    return self._offered(found.qr)
                unwanted = found.qr
            closed = await self._look(answer)
            if closed is not None:
                return closed
            if not await self._may_wait(wait):
                break
        if unwanted is not None:
            return self._offered(unwanted)
        return Connection(reason="qr_expired" if self.stale else "qr_not_ready")

    def _offered(self, qr: Qr) -> Connection:
        self.acting.saw(Seen.QR, self.now(), qr=qr)
        return Connection(qr=qr)

    async def _look(self, answer: Result[ConnectAnswer]) -> Connection | None:
        """What the memory says to an answer without a code; None: ask again."""
        read_at = self.now()
        memory = await self.acting.present()
        if memory is Memory.CLOSE:
            # It says so for a moment as well when it dials anew.
            await asyncio.sleep(STAYS_CLOSED_FOR_S)
            read_at, memory = self.now(), await self.acting.present()
        if memory is Memory.OPEN:
            return await self._opened()
        if memory is Memory.CONNECTING:
            self.acting.saw(Seen.CONNECTING, read_at, source=Source.READ)
            return None
        if isinstance(answer, Failed):
            answer.throw()
        if memory is Memory.CLOSE:
            self.acting.saw(Seen.QR_LIMIT, self.now(), source=Source.READ)
            return Connection(reason="qr_limit_reached")
        return None

    def _is_stale(self, qr: Qr) -> bool:
        """Whether this is the code we had, and its time is over: gateways answer with the last one they made."""
        if self.past.dead is not None and qr_hash(qr) == self.past.dead:
            return True
        at = self.past.offered_at
        old = at is not None and self.now() - at >= life(self.past.offer) and same_offer(self.past.offer, qr)
        self.stale = self.stale or old
        return old

    async def _opened(self) -> Connection:
        await self.acting.opened()
        return Connection(open=True, reason="connected")

    async def _log_out(self) -> None:
        answer = await self.acting.gateway.logout(self.acting.name)
        if isinstance(answer, Failed):
            answer.throw()
        memory = await self.acting.until({Memory.CLOSE}, CLOSE_WAIT_S)
        if memory is not Memory.CLOSE:
            raise not_confirmed(memory, maybe_done=True)

    async def _may_wait(self, wait: float | None) -> bool:
        if wait is None or time.monotonic() + wait > self.acting.deadline:
            return False
        await asyncio.sleep(wait)
        return True


def qr_hash(qr: Qr) -> bytes:
    """Enough to know a code again."""
    return hashlib.sha256((qr.code or qr.image or "").encode()).digest()


def _understood(answer: Result[ConnectAnswer]) -> ConnectAnswer:
    """What an answer brought; one that leaves it open whether anything was done brings nothing, until the memory tells.

    Raises GatewayFailed for a refusal.
    """
    if not isinstance(answer, Failed):
        return answer.value
    if answer.kind is not Kind.AMBIGUOUS:
        answer.throw()
    return ConnectAnswer(None)

"""Connect: bring a QR or find the number connected already; never show a code that was used before."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sambung.domain.errors import Code, GatewayFailed
from sambung.domain.instance import Observation, Qr, Seen, Source
from sambung.gateways.shape import Gateway, Memory, Ok

NoQr = Literal["qr_not_ready", "qr_limit_reached", "connected"]
RETRY_AFTER_S = (1.0, 2.0, 4.0)
CLOSE_POLL_S = 0.3
CLOSE_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Connection:
    """What connecting brought. `reason` says why there is no QR; `seen` is what was observed on the way."""

    qr: Qr | None = None
    open: bool = False
    reason: NoQr | None = None
    seen: tuple[Observation, ...] = ()


@dataclass
class Connecting:
    """One attempt to connect one instance on its server.

    `paired_before`: the session was open since its last pairing, so a QR that comes while it dials is an old, used one.
    `deadline`: on the monotonic clock, seconds.
    """

    gateway: Gateway
    name: str
    server_id: UUID
    generation: int
    operation_id: UUID
    paired_before: bool
    deadline: float
    now: Callable[[], datetime]
    seen: list[Observation] = field(default_factory=list)

    async def run(self, number: str | None = None) -> Connection:
        """Connect and read back; raises GatewayFailed."""
        memory = await self._memory()
        if memory is Memory.OPEN:
            return await self._opened()
        if memory is Memory.CONNECTING and number is not None:
            await self._log_out()
            memory = Memory.CLOSE
        redialling = memory is Memory.CONNECTING and self.paired_before
        return await self._ask(number, redialling=redialling)

    async def _ask(self, number: str | None, *, redialling: bool) -> Connection:
        """Ask for a code, again after 1, 2 and 4 s while the server is still connecting."""
        for wait in (*RETRY_AFTER_S, None):
            asked_at = self.now()
            answer = await self.gateway.connect(self.name, number)
            if not isinstance(answer, Ok):
                answer.throw()
            if answer.value.open:
                return await self._opened()
            self._saw(Seen.CONNECT_ACCEPTED, asked_at, source=Source.ACTION)
            if answer.value.qr is not None and not redialling:
                self._saw(Seen.QR, self.now(), source=Source.ACTION, qr=answer.value.qr)
                return Connection(qr=answer.value.qr, seen=tuple(self.seen))
            memory = await self._memory()
            if memory is Memory.OPEN:
                return await self._opened()
            if memory is Memory.CLOSE:
                self._saw(Seen.QR_LIMIT, self.now(), source=Source.READ)
                return Connection(reason="qr_limit_reached", seen=tuple(self.seen))
            if wait is None or time.monotonic() + wait > self.deadline:
                break
            await asyncio.sleep(wait)
        return Connection(reason="qr_not_ready", seen=tuple(self.seen))

    async def _opened(self) -> Connection:
        """The session is open: read which number it is, if the server tells."""
        row = await self.gateway.instance(self.name)
        listed = row.value if isinstance(row, Ok) else None
        self._saw(Seen.OPEN, self.now(), source=Source.READ)
        if listed is not None:
            self.seen[-1] = replace(self.seen[-1], phone_number=listed.phone_number, profile_name=listed.profile_name)
        return Connection(open=True, reason="connected", seen=tuple(self.seen))

    async def _memory(self) -> Memory:
        asked_at = self.now()
        answer = await self.gateway.memory(self.name)
        if not isinstance(answer, Ok):
            answer.throw()
        if answer.value is None:
            self._saw(Seen.ACTION_FAILED, asked_at, source=Source.ACTION, code=Code.INSTANCE_NOT_FOUND_ON_SERVER)
            raise GatewayFailed(Code.INSTANCE_NOT_FOUND_ON_SERVER, transient=False, maybe_done=False)
        return answer.value

    async def _log_out(self) -> None:
        """A number is ignored while a QR is offered: end that offer first and wait until it has ended."""
        answer = await self.gateway.logout(self.name)
        if not isinstance(answer, Ok):
            answer.throw()
        until = min(self.deadline, time.monotonic() + CLOSE_WAIT_S)
        while await self._memory() is not Memory.CLOSE:
            if time.monotonic() > until:
                raise GatewayFailed(Code.ACTION_NOT_CONFIRMED, transient=True, maybe_done=True)
            await asyncio.sleep(CLOSE_POLL_S)

    def _saw(self, what: Seen, at: datetime, *, source: Source, qr: Qr | None = None, code: Code | None = None) -> None:
        self.seen.append(
            Observation(
                seen=what,
                source=source,
                server_id=self.server_id,
                received_at=self.now(),
                at=at,
                generation=self.generation,
                qr=qr,
                code=code,
                operation_id=self.operation_id,
            )
        )

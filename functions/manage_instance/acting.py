"""What every action does on its gateway: read the memory, wait for a state, and keep what was seen on the way."""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sambung.domain.errors import Code, GatewayFailed, RequestError
from sambung.domain.instance import Observation, Qr, Seen, Source
from sambung.domain.meaning import TARGETED_404
from sambung.gateways.quirks import Quirks, quirks
from sambung.gateways.shape import Failed, Gateway, Memory, Ok

POLL_S = 0.3
# How a closed session is seen after our own logout: its list row may not say so yet.
LOGGED_OUT = 401


@dataclass
class Acting:
    """One action at work. `deadline` is on the monotonic clock, seconds; `seen` is what was observed so far."""

    gateway: Gateway
    name: str
    server_id: UUID
    kind: str
    version: str | None
    generation: int
    operation_id: UUID
    deadline: float
    now: Callable[[], datetime]
    seen: list[Observation] = field(default_factory=list)

    @property
    def quirks(self) -> Quirks:
        """What this kind of server offers, and what its version cannot do."""
        return quirks(self.kind, self.version)

    async def memory(self) -> Memory | None:
        """The session's state; None where the server does not know the name. Raises GatewayFailed."""
        answer = await self.gateway.memory(self.name)
        if isinstance(answer, Failed):
            answer.throw()
        return answer.value

    async def present(self) -> Memory:
        """The session's state; raises `instance_not_found_on_server` where neither memory nor list has the name."""
        asked_at = self.now()
        found = await self.memory()
        if found is not None:
            return found
        row = await self.gateway.instance(self.name)
        if isinstance(row, Ok) and row.value is None:
            self.saw(Seen.ACTION_FAILED, asked_at, code=Code.INSTANCE_NOT_FOUND_ON_SERVER)
        else:
            self.saw(Seen.ABSENT, asked_at, source=Source.READ, reason=TARGETED_404)
        raise GatewayFailed(Code.INSTANCE_NOT_FOUND_ON_SERVER, transient=False, maybe_done=False)

    async def until(self, wanted: Collection[Memory | None], seconds: float) -> Memory | None:
        """The memory once it is one of those wanted, or what it is when time is up. Raises GatewayFailed."""
        ends = min(self.deadline, time.monotonic() + seconds)
        while True:
            found = await self.memory()
            if found in wanted or time.monotonic() + POLL_S > ends:
                return found
            await asyncio.sleep(POLL_S)

    async def opened(self) -> None:
        """See the session open, and which number it is, if the server tells."""
        row = await self.gateway.instance(self.name)
        listed = row.value if isinstance(row, Ok) else None
        self.saw(Seen.OPEN, self.now(), source=Source.READ)
        if listed is not None:
            self.seen[-1] = replace(self.seen[-1], phone_number=listed.phone_number, profile_name=listed.profile_name)

    def saw(
        self,
        what: Seen,
        at: datetime,
        *,
        source: Source = Source.ACTION,
        qr: Qr | None = None,
        code: Code | None = None,
        reason: int | None = None,
    ) -> None:
        """Keep an observation; `at` is when its request began."""
        self.seen.append(
            Observation(
                seen=what,
                source=source,
                server_id=self.server_id,
                received_at=self.now(),
                at=at,
                generation=self.generation,
                reason=reason,
                qr=qr,
                code=code,
                operation_id=self.operation_id,
            )
        )


def not_confirmed(memory: Memory | None, *, maybe_done: bool = False) -> GatewayFailed:
    """The gateway said yes, and the read-back did not see it."""
    seen = memory.value if memory else "absent"
    return GatewayFailed(Code.ACTION_NOT_CONFIRMED, transient=False, maybe_done=maybe_done, evidence={"memory": seen})


def needs_recreate(cause: str) -> GatewayFailed:
    """Nothing but a new instance of the same name helps; `cause` chooses the words."""
    return GatewayFailed(Code.NEEDS_RECREATE, transient=False, maybe_done=False, params={"cause": cause})


def not_offered(cause: str) -> RequestError:
    """This kind of gateway has no such thing; `cause` chooses the words that say what helps instead."""
    return RequestError(Code.INVALID_REQUEST, params={"cause": cause})

"""Brings a message to the server where its number is connected: looked for only where that is in doubt, given once."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from manage_instance import failpoint
from sambung.domain import sending
from sambung.domain.assignment import FoundBy, Place, Presence, Verdict, judge
from sambung.domain.errors import Code, GatewayFailed, RequestError
from sambung.domain.instance import Observation, Seen, Source
from sambung.domain.sending import Message, Standing
from sambung.edge import assigning, observing
from sambung.edge.observing import Event
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Gateway, Kind, Ok, Result, Sent
from sambung.store import instances, sends, servers, snapshots
from sambung.store.instances import Instance
from sambung.store.servers import Server

# An assigned server that is slower than this is no longer waited for alone.
HEAD_START_S = 0.2
SEARCH_WITHIN_S = 3.0
HAND_OVER_WITHIN_S = 15.0
# What is left of the time to answer for writing how it ended.
SPARE_S = 1.5


@dataclass
class Delivering:
    """One message on its way.

    `assigned`: the server its number is assigned to; `places`: every server where the session may be; `deadline` on
    the monotonic clock, seconds; `leave` is told the server before the message goes there. `answered`: which servers
    were heard, and which kept silent.
    """

    parts: Parts
    instance: Instance
    standing: Standing
    assigned: Server | None
    places: Sequence[Server]
    deadline: float
    leave: Callable[[Server], None]
    moved: bool = False
    answered: dict[UUID, bool] = field(default_factory=dict)

    async def run(self, message: Message) -> tuple[Sent, Server]:
        """Hand it over once, and where the server provably did not take it for want of the session, once more where
        the session is. Raises SambungError."""
        # The first message of an environment pays for the import here, and not out of the time its servers have.
        import sambung.gateways.http  # noqa: F401

        assigned = self._askable()
        if assigned is not None and sending.is_proven(self.standing, self.parts.now()):
            self._tell_verified(assigned)
            try:
                return await self._hand_over(assigned, message)
            except GatewayFailed as error:
                if not sending.is_wrong_place(error):
                    raise
        return await self._hand_over(await self._find(), message)

    async def _find(self) -> Server:
        """Where it is connected now; its assignment follows it there."""
        asked_at = self.parts.now()
        found = await self._ask()
        verdict = judge(self.assigned.id if self.assigned else None, found)
        if self.assigned is not None:
            said = found.get(self.assigned.id, Presence.UNANSWERED)
            self.answered[self.assigned.id] = said is not Presence.UNANSWERED
            if said is Presence.ABSENT or verdict.kind is Place.MOVED:
                assigning.unverified(self.parts, self.instance, self.assigned)
        if verdict.kind is Place.MOVED:
            there = self._followed(verdict)
        elif verdict.kind is Place.VERIFIED and self.assigned is not None:
            there = self.assigned
            assigning.verified(self.parts, self.instance, there)
        else:
            self._refuse(verdict, found)
        await self._saw_open(there, asked_at)
        return there

    async def _ask(self) -> Mapping[UUID, Presence]:
        """The assigned server, and soon all: a hung one delays nobody, and its slow answer still counts."""
        ends = time.monotonic() + SEARCH_WITHIN_S
        found: dict[UUID, Presence] = {}
        pending: set[asyncio.Task[Mapping[UUID, Presence]]] = set()
        assigned = self._askable()
        if assigned is not None:
            pending.add(self._asking([assigned], SEARCH_WITHIN_S))
            done, pending = await asyncio.wait(pending, timeout=HEAD_START_S)
            _add(found, done)
        if Presence.CONNECTED not in found.values():
            pending.add(self._asking([one for one in self.places if one.id not in found], ends - time.monotonic()))
        while pending and Presence.CONNECTED not in found.values():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            _add(found, done)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        return found

    def _asking(self, places: Sequence[Server], seconds: float) -> "asyncio.Task[Mapping[UUID, Presence]]":
        return asyncio.create_task(assigning.locate(self.parts, self.instance, places, seconds=seconds))

    def _followed(self, verdict: Verdict) -> Server:
        """The server it has moved to; raises `moved` where somebody else has assigned it to yet another one."""
        self.moved = assigning.adopt(self.parts, self.instance, verdict, found_by=FoundBy.SEND)
        with self.parts.database.transaction() as connection:
            now = instances.instance(connection, self.instance.id)
            there = servers.server(connection, verdict.server_id) if verdict.server_id else None
        if now is None:
            raise RequestError(Code.NOT_FOUND)
        if there is None or now.server_id != there.id:
            raise RequestError(Code.MOVED)
        self.moved = True
        return there

    def _refuse(self, verdict: Verdict, found: Mapping[UUID, Presence]) -> NoReturn:
        """Raises why there is no server to send from."""
        if verdict.kind is Place.NOT_CONNECTED:
            raise sending.not_connected(self.standing)
        if verdict.kind is Place.CONFLICT:
            assigning.conflict(self.parts, self.instance, found, found_by=FoundBy.SEND)
            names = self._names(found, Presence.CONNECTED)
            raise RequestError(Code.CONFLICT_TWO_SERVERS, params={"servers": names})
        if verdict.kind is Place.NOWHERE:
            assigning.not_found(self.parts, self.instance, found_by=FoundBy.SEND)
            raise RequestError(Code.SESSION_NOT_FOUND_ANYWHERE, params={"instance": self.instance.instance_name})
        silent = self._names({one.id: found.get(one.id, Presence.UNANSWERED) for one in self.places})
        params = {"cause": "nothing_sent", "server": silent}
        raise GatewayFailed(Code.SERVER_UNREACHABLE, transient=True, maybe_done=False, params=params)

    def _names(self, found: Mapping[UUID, Presence], said: Presence = Presence.UNANSWERED) -> str:
        return ", ".join(one.name for one in self.places if found.get(one.id) is said)

    def _askable(self) -> Server | None:
        """The assigned server, unless it is left alone now."""
        return self.assigned if self.assigned in self.places else None

    async def _saw_open(self, server: Server, asked_at: datetime) -> None:
        """Keep that it is connected; raises `number_changed` where that turns out to be another number."""
        number = await self._number(server) if self.standing.may_be_another else None
        seen = Observation(
            Seen.OPEN, Source.READ, server.id, received_at=self.parts.now(), at=asked_at, phone_number=number
        )
        with self.parts.database.transaction() as connection:
            snapshots.observe(connection, self.instance.id, seen)
            now = sends.standing(connection, self.instance.id, self.parts.now())
        refused = None if now is None else sending.refusal(now)
        if refused is not None and refused.code is Code.NUMBER_CHANGED:
            raise refused

    async def _number(self, server: Server) -> str | None:
        """Which number it is; None where its server does not tell."""
        from sambung.gateways.http import Patience

        gateway = self.parts.gateway_for(server, Patience(read_s=SEARCH_WITHIN_S, repeats=0))
        row = await gateway.instance(self.instance.instance_name)
        return row.value.phone_number if isinstance(row, Ok) and row.value else None

    def _tell_verified(self, server: Server) -> None:
        url = server.base_url
        observing.announce(Event.SESSION_VERIFIED, instance_id=self.instance.id, old_url=url, new_url=url)

    async def _hand_over(self, server: Server, message: Message) -> tuple[Sent, Server]:
        """Give it to a server once, whatever comes of it. Raises GatewayFailed."""
        seconds = min(HAND_OVER_WITHIN_S, self.deadline - time.monotonic() - SPARE_S)
        if seconds <= 0:
            raise GatewayFailed(Code.OVERLOADED, transient=True, maybe_done=False, evidence={"cause": "no time left"})
        from sambung.gateways.http import Patience

        gateway = self.parts.gateway_for(server, Patience(action_s=seconds, repeats=0))
        self.leave(server)
        failpoint.reach("before-send", "send")
        answer = await self._given(gateway, message, seconds)
        failpoint.reach("after-send", "send")
        self.answered[server.id] = not isinstance(answer, Failed) or answer.http is not None
        if isinstance(answer, Failed):
            answer.throw()
        return answer.value, server

    async def _given(self, gateway: Gateway, message: Message, seconds: float) -> Result[Sent]:
        """Another form of the same message may follow a refused one, and both share the time."""
        try:
            async with asyncio.timeout(seconds):
                return await gateway.send_text(self.instance.instance_name, message.to, message.text)
        except TimeoutError:
            return Failed(Kind.AMBIGUOUS, Code.SERVER_TIMEOUT, cause="timeout")


def _add(found: dict[UUID, Presence], done: Collection["asyncio.Task[Mapping[UUID, Presence]]"]) -> None:
    """Silence takes back no answer: a server may have been asked twice."""
    for server_id, said in (answer for task in done for answer in task.result().items()):
        if said is not Presence.UNANSWERED or server_id not in found:
            found[server_id] = said

"""A node of the whatsapp-web.js session service as a gateway: asks what `bodies` writes, reads what `answers` reads."""
# ruff: noqa: ARG002 - what a node cannot be told is still asked of every gateway

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from sambung.domain.errors import Code
from sambung.gateways.ask import Ask
from sambung.gateways.http import GatewayHttp, Line, Patience, persist
from sambung.gateways.reply import Reply
from sambung.gateways.shape import (
    ConnectAnswer,
    Created,
    Failed,
    Kind,
    Listed,
    Memory,
    Ok,
    Result,
    Sent,
    ServerInfo,
    WebhookSet,
    WebhookSetting,
    WebhookTarget,
)
from sambung.gateways.webjs import answers, bodies
from sambung.gateways.webjs.names import is_addressable

T = TypeVar("T")

NOT_OFFERED: Final = "not_offered_by_kind"
"""The cause of every failure that says: this kind of gateway has no such call."""
_UNADDRESSABLE: Final = Failed(Kind.PERMANENT, Code.INSTANCE_NAME_INVALID, evidence="no call can name this session")
_ABSENT: Final = Failed(Kind.PERMANENT, Code.INSTANCE_NOT_FOUND_ON_SERVER)
_NO_DIGITS: Final = Failed(
    Kind.PERMANENT, Code.INVALID_REQUEST, cause="phone", evidence="a phone number is digits only"
)


class Webjs:
    """One node; see Gateway. It keeps no webhook setting of a session and knows no logout: those are not offered.

    A request over the node's own limit (send 45 s, create 60 s) ends the whole node, so any call may find the
    connection closed under it: an action is then ambiguous, as with every network failure after the sending.
    """

    def __init__(self, line: Line, http: GatewayHttp, *, patience: Patience) -> None:
        self._line = line
        self._http = http
        self._patience = patience

    async def info(self) -> Result[ServerInfo]:
        """Alive is who answers `/health`; an answer without a version is no failure."""
        ends = _now() + self._patience.read_s
        alive = await self._call(bodies.health(), answers.health)
        if isinstance(alive, Failed):
            return alive
        told = await self._once(bodies.version(), answers.version, _left(ends))
        return alive if isinstance(told, Failed) else told

    async def instances(self) -> Result[tuple[Listed, ...]]:
        """The list with states, which proves the key; of a node without that route the names in its health report."""

        async def attempt(seconds: float) -> Result[tuple[Listed, ...]]:
            ends = _now() + seconds
            listed = await self._once(bodies.sessions(self._line.key), answers.sessions, seconds)
            if isinstance(listed, Ok) or listed.http is None or listed.code is Code.SERVER_KEY_REJECTED:
                return listed
            named = await self._once(bodies.health_list(), answers.health_list, _left(ends))
            return listed if isinstance(named, Failed) or named.value is None else Ok(named.value)

        return await persist(attempt, self._patience)

    async def instance(self, name: str) -> Result[Listed | None]:
        return await self._named(name, bodies.status, answers.status)

    async def memory(self, name: str, token: str | None = None) -> Result[Memory | None]:
        """A node knows no tokens of sessions, so `token` proves nothing and is not sent."""
        found = await self.instance(name)
        if isinstance(found, Failed):
            return found
        return Ok(found.value.memory if found.value else None)

    async def create(
        self, name: str, token: str, number: str | None = None, webhook: WebhookTarget | None = None
    ) -> Result[Created]:
        """Create, and start pairing: a node does both. A second create of a name would end the session that is there,
        so it is looked for first; the rest means nothing to a node."""
        ends = _now() + self._patience.action_s
        there = await self.instance(name)
        if isinstance(there, Failed):
            return there
        if there.value is not None:
            return Failed(Kind.PERMANENT, Code.INSTANCE_EXISTS)
        return await self._named(name, bodies.create, answers.created, _left(ends))

    async def connect(self, name: str, number: str | None = None) -> Result[ConnectAnswer]:
        """Dial again where the session is down, and show its code where it waits for one; there are no pairing codes.

        The status is read first because a reconnect of an unknown name would create it.
        """
        ends = _now() + self._patience.action_s
        found = await self.instance(name)
        if isinstance(found, Failed):
            return found
        if found.value is None:
            return _ABSENT
        if found.value.memory is Memory.OPEN:
            return Ok(ConnectAnswer(None, open=True))
        if found.value.memory is not Memory.CONNECTING:
            dialled = await self._named(name, bodies.reconnect, answers.reconnected, _left(ends))
            if isinstance(dialled, Failed):
                return dialled
        return await self._offer(name, _left(ends))

    async def restart(self, name: str) -> Result[None]:
        return _not_offered("restart")

    async def logout(self, name: str) -> Result[None]:
        return _not_offered("logout")

    async def delete(self, name: str) -> Result[None]:
        """The session leaves the memory; it stays paired on the node's disk, so a new one of its name needs no code."""
        return await self._named(name, bodies.delete, answers.deleted)

    async def set_webhook(self, name: str, target: WebhookTarget) -> Result[WebhookSet]:
        return _not_offered("a webhook for each session; the node's own configuration names the one address")

    async def webhook(self, name: str) -> Result[WebhookSetting | None]:
        return _not_offered("a webhook for each session; the node's own configuration names the one address")

    async def send_text(self, name: str, to: str, text: str) -> Result[Sent]:
        if not (to.isascii() and to.isdigit()):
            return _NO_DIGITS
        return await self._named(name, lambda n, key: bodies.send_text(n, key, to, text), answers.sent)

    async def _offer(self, name: str, seconds: float) -> Result[ConnectAnswer]:
        """What was asked for is under way, so a code that cannot be read now is only one to ask for again."""
        shown = await self._named(name, bodies.metadata, answers.offer, seconds)
        return Ok(ConnectAnswer(None if isinstance(shown, Failed) else shown.value))

    async def _named(
        self, name: str, ask: Callable[[str, str], Ask], parse: Callable[[Reply], Result[T]], within_s: float = math.inf
    ) -> Result[T]:
        if not is_addressable(name):
            return _UNADDRESSABLE
        return await self._call(ask(name, self._line.key), parse, within_s)

    async def _call(self, ask: Ask, parse: Callable[[Reply], Result[T]], within_s: float = math.inf) -> Result[T]:
        """One call within its own deadline and what is left of a longer one."""
        limit = min(self._patience.of(ask.effect), within_s)
        patience = replace(self._patience, read_s=limit, action_s=limit)
        return await persist(lambda seconds: self._once(ask, parse, seconds), patience, ask.effect)

    async def _once(self, ask: Ask, parse: Callable[[Reply], Result[T]], seconds: float) -> Result[T]:
        reply = await self._http.exchange(self._line, ask, seconds=seconds, connect_s=self._patience.connect_s)
        return reply if isinstance(reply, Failed) else parse(reply)


def _not_offered(what: str) -> Failed:
    return Failed(
        Kind.PERMANENT, Code.INVALID_REQUEST, cause=NOT_OFFERED, evidence=f"this kind of gateway has no {what}"
    )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _left(ends: float) -> float:
    return max(ends - _now(), 0.001)

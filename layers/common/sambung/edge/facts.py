"""Gathers what is known of one instance: the tables first, then its server and all others at once within a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from sambung.domain.diagnosis.facts import (
    Done,
    Elsewhere,
    Fact,
    Facts,
    KnownServer,
    PublicUrl,
    Reach,
    Registry,
    Row,
    Says,
    Sighting,
    Webhook,
    WebhookPolicy,
)
from sambung.domain.diagnosis.pairing_rules import OUTAGE_WINDOW
from sambung.domain.errors import Code, RequestError
from sambung.domain.instance import Desired, WebhookState
from sambung.domain.qr import life
from sambung.edge.keyring import SecretUnreadable
from sambung.edge.webhook_target import look, target
from sambung.edge.wiring import Parts
from sambung.gateways import KINDS
from sambung.gateways.addresses import public_url_warning
from sambung.gateways.quirks import quirks
from sambung.gateways.shape import Failed, Gateway, Listed, Memory, Ok, Result
from sambung.store import diagnosing
from sambung.store.diagnosing import Known
from sambung.store.operations import Operation
from sambung.store.servers import Server

T = TypeVar("T")

GATHER_WITHIN_S = 8.0
# Where else a number lives is worth less waiting than how it is at home.
OTHERS_WITHIN_S = 3.0
_SAYS = {
    Memory.OPEN: Says.CONNECTED,
    Memory.CONNECTING: Says.CONNECTING,
    Memory.CLOSE: Says.DISCONNECTED,
    Memory.UNKNOWN: Says.UNKNOWN,
    None: Says.ABSENT,
}
_OUT_OF_TIME = Reach(Code.SERVER_TIMEOUT, cause="deadline")
# Its key was sealed with one that is no longer listed: entering it again is what helps.
_KEY_LOST = Reach(Code.SERVER_KEY_REJECTED, cause="unreadable")
_RUNNING = frozenset({"planned", "running"})


def gather(parts: Parts, instance_id: UUID, *, seconds: float = GATHER_WITHIN_S) -> Facts:
    """All facts of an instance; what is not answered in time is None. Raises `not_found`, nothing else of a gateway."""
    with parts.database.transaction() as connection:
        known = diagnosing.known(connection, instance_id, pairings_since=parts.now() - OUTAGE_WINDOW)
    if known is None:
        raise RequestError(Code.NOT_FOUND)
    return parts.run(_Gathering(parts, known, time.monotonic() + seconds).facts())


class _Gathering:
    """One gathering. `until` is on the monotonic clock."""

    def __init__(self, parts: Parts, known: Known, until: float) -> None:
        self._parts = parts
        self._known = known
        self._until = until
        self._token = _unsealed(parts, known.instance.instance_token_sealed)

    async def facts(self) -> Facts:
        known = self._known
        (reach, listed, twins), (memory, memory_failed), webhook, elsewhere = await asyncio.gather(
            self._list(), self._memory(), self._webhook(), self._elsewhere()
        )
        return Facts(
            now=self._parts.now(),
            registry=_registry(known),
            server=None if known.server is None else _server(known.server),
            reach=reach,
            listed=listed,
            memory=memory,
            memory_failed=memory_failed,
            webhook=webhook,
            last_event_at=known.instance.last_webhook_event_at,
            last_qr_event_at=known.instance.last_qr_event_at,
            server_event_at=known.server_event_at,
            refused=known.refused,
            transitions=known.transitions,
            open_operation=_running(known.operations),
            last_operation=_ended(known.operations),
            last_send_ok_at=known.instance.last_send_ok_at,
            last_send_error=known.instance.last_send_error,
            elsewhere=replace(elsewhere, sightings=(*twins, *elsewhere.sightings)),
            pairings=known.pairings,
            public_url=self._public_url(),
        )

    def _gateway(self, server: Server | None) -> Gateway | None:
        return self._parts.gateway_if_any(server)

    async def _in_time(self, call: Awaitable[T], *, at_most: float = GATHER_WITHIN_S) -> T | None:
        try:
            async with asyncio.timeout(min(at_most, max(self._until - time.monotonic(), 0))):
                return await call
        except TimeoutError:
            return None

    async def _list(self) -> tuple[Fact[Reach] | None, Fact[Row] | None, tuple[Sighting, ...]]:
        """The whole list: it needs the key, a name missing in it is a fact, and so is our number under another name."""
        server, gateway = self._known.server, self._gateway(self._known.server)
        if server is None or gateway is None:
            lost = server is not None and server.enabled and server.kind in KINDS
            return (Fact(_KEY_LOST, self._parts.now()) if lost else None), None, ()
        asked_at, started = self._parts.now(), time.monotonic()
        answer = await self._in_time(gateway.instances())
        reach = Fact(_reach(answer, round((time.monotonic() - started) * 1000)), asked_at)
        if not isinstance(answer, Ok):
            return reach, None, ()
        mine = next((row for row in answer.value if self._same_name(row)), None)
        others = [row for row in answer.value if self._same_number(row) and not self._same_name(row)]
        twins = await self._in_time(self._look_closer(server, gateway, others))
        return reach, Fact(_row(mine), asked_at), twins or ()

    async def _memory(self) -> tuple[Fact[Says] | None, Fact[Reach] | None]:
        gateway = self._gateway(self._known.server)
        if gateway is None:
            return None, None
        asked_at = self._parts.now()
        answer = await self._in_time(gateway.memory(self._known.instance.instance_name))
        if isinstance(answer, Ok):
            return Fact(_SAYS[answer.value], asked_at), None
        return None, Fact(_reach(answer), asked_at)

    async def _webhook(self) -> Fact[Webhook] | None:
        server, gateway = self._known.server, self._gateway(self._known.server)
        if server is None or gateway is None or not quirks(server.kind, server.version).sets_webhooks:
            return None
        asked_at, wanted = self._parts.now(), target(self._parts, server, self._known.instance)
        found = await self._in_time(look(gateway, self._known.instance.instance_name, wanted))
        if found is None or isinstance(found, Failed):
            return None
        return Fact(Webhook(WebhookState(found.state), found.host, found.missing_events), asked_at)

    async def _elsewhere(self) -> Elsewhere:
        """Every other server's list, and of what looks like ours the memory: a list is no proof."""
        answers = await asyncio.gather(
            *(self._in_time(self._sightings(server), at_most=OTHERS_WITHIN_S) for server in self._known.others)
        )
        answered = [found for found in answers if found is not None]
        return Elsewhere(self._known.others_known, len(answered), tuple(s for found in answered for s in found))

    async def _sightings(self, server: Server) -> tuple[Sighting, ...] | None:
        gateway = self._gateway(server)
        answer = None if gateway is None else await gateway.instances()
        if gateway is None or not isinstance(answer, Ok):
            return None
        may_be_ours = server.id in self._known.places
        alike = [row for row in answer.value if (may_be_ours and self._same_name(row)) or self._same_number(row)]
        return await self._look_closer(server, gateway, alike)

    async def _look_closer(self, server: Server, gateway: Gateway, rows: Sequence[Listed]) -> tuple[Sighting, ...]:
        return tuple(await asyncio.gather(*(self._sighting(server, gateway, row) for row in rows)))

    async def _sighting(self, server: Server, gateway: Gateway, row: Listed) -> Sighting:
        says, ours = _SAYS[row.memory], None
        if self._same_name(row) and self._token and quirks(server.kind, server.version).token_proves:
            proof = await gateway.memory(row.name, self._token)
            ours = isinstance(proof, Ok) and proof.value is not None
        if says is Says.CONNECTED:
            truth = await gateway.memory(row.name)
            says = _SAYS[truth.value] if isinstance(truth, Ok) else Says.UNKNOWN
        same_name = self._same_name(row) and server.id in self._known.places
        return Sighting(server.id, server.name, says, same_name, self._same_number(row), ours)

    def _same_name(self, row: Listed) -> bool:
        return row.name == self._known.instance.instance_name

    def _same_number(self, row: Listed) -> bool:
        return row.phone_number is not None and row.phone_number == self._known.instance.phone_number

    def _public_url(self) -> PublicUrl | None:
        if self._known.server is None:
            return None
        url = self._parts.settings.public_url
        return PublicUrl(url, public_url_warning(url, self._known.server.base_url))


def _unsealed(parts: Parts, sealed: str | None) -> str | None:
    try:
        return None if sealed is None else parts.keyring.unseal(sealed)
    except SecretUnreadable:
        return None


def _reach(answer: Result[T] | None, latency_ms: int | None = None) -> Reach:
    if answer is None:
        return _OUT_OF_TIME
    if isinstance(answer, Failed):
        return Reach(answer.code, answer.cause, answer.http, answer.evidence, latency_ms)
    return Reach(latency_ms=latency_ms)


def _row(listed: Listed | None) -> Row:
    if listed is None:
        return Row(Says.ABSENT)
    return Row(
        says=_SAYS[listed.memory],
        phone_number=listed.phone_number,
        close_reason=listed.close_reason,
        closed_at=listed.closed_at,
        closed_by=listed.closed_by.value if listed.closed_by else None,
    )


def _server(server: Server) -> KnownServer:
    offered = quirks(server.kind, server.version)
    return KnownServer(
        name=server.name,
        kind=server.kind,
        enabled=server.enabled,
        version=server.version,
        checked_at=server.last_checked_at,
        new_qr_after_logout=offered.new_qr_after_logout,
        offers_restart=offered.offers_restart,
        offers_logout=offered.offers_logout,
        hears=server.webhook_secret_sealed is not None or not offered.signs_webhooks,
    )


def _running(operations: Sequence[Operation]) -> Fact[str] | None:
    return next((Fact(one.action, one.created_at) for one in operations if one.state in _RUNNING), None)


def _ended(operations: Sequence[Operation]) -> Fact[Done] | None:
    """The newest action that has ended."""
    for one in operations:
        if one.ended_at is not None:
            return Fact(Done(one.action, one.state, Code(one.error_code) if one.error_code else None), one.ended_at)
    return None


def _registry(known: Known) -> Registry:
    row, snapshot = known.instance, known.stored.snapshot
    return Registry(
        status=snapshot.status,
        status_since=snapshot.status_since,
        desired=Desired(row.desired),
        connecting_since=snapshot.connecting_since,
        error=snapshot.error,
        error_evidence=snapshot.error_evidence,
        phone_number=snapshot.phone_number,
        expected_number=snapshot.expected_number,
        opened_since_pairing=snapshot.opened_since_pairing,
        qr_at=snapshot.qr_at,
        qr_life=life(snapshot.qr),
        recent_opens=snapshot.recent_opens,
        last_read_at=row.last_read_at,
        webhook_state=WebhookState(row.webhook_state),
        webhook_proven=row.webhook_proven,
        webhook_policy=WebhookPolicy(row.webhook_policy),
        conflict_on=known.conflict_on,
    )

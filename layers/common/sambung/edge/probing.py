"""A look at servers: do they answer, do they take our key, can they reach us, where do they send what happens.

It judges no number: what a server says of one in passing is the reconciler's to read.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sambung.domain.errors import Code
from sambung.domain.health import Candidate, in_turn, silence
from sambung.edge.webhook_target import look, target
from sambung.edge.wiring import Parts
from sambung.gateways import KINDS
from sambung.gateways.addresses import public_url_warning
from sambung.gateways.quirks import WEBJS, quirks
from sambung.gateways.shape import Failed, Gateway
from sambung.store import health
from sambung.store.health import Look, WebhookLook
from sambung.store.servers import Probe, Server

READS_AT_ONCE = 10
# Something answered, but it was no gateway.
_NO_GATEWAY = frozenset({"garbage", "route_missing"})
_HUNG = Probe(False, "timeout", None, None, None, Code.SERVER_TIMEOUT.value)
_LOCKED = Probe(False, "key_missing", None, None, None, Code.INTERNAL.value)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a server saw."""

    server: Server
    probe: Probe
    webhooks: tuple[WebhookLook, ...] = ()


def can_be_asked(server: Server) -> bool:
    """Whether looking at a server makes sense: it is not switched off, and we speak its language."""
    return server.enabled and server.kind in KINDS


async def look_at_all(
    parts: Parts, known: Sequence[Server], candidates: Mapping[UUID, Sequence[Candidate]], *, seconds: float
) -> list[Seen]:
    """Look at every server at once; each has all the time there is, and one that hangs delays no other."""
    return await asyncio.gather(*(_look_at(parts, one, candidates.get(one.id, ()), seconds) for one in known))


async def _look_at(parts: Parts, server: Server, candidates: Sequence[Candidate], seconds: float) -> Seen:
    """Ask for its list, which needs the key; then for its version, which decides nothing, and for webhooks in turn."""
    gateway = _opened(parts, server)
    if gateway is None:
        return Seen(server, _LOCKED)
    chosen = in_turn(candidates) if quirks(server.kind, server.version).sets_webhooks else ()
    read: list[WebhookLook] = []
    probe = _HUNG
    try:
        async with asyncio.timeout(seconds):
            probe = await _reach(server, gateway)
            if probe.error_code is None:
                reads = _read_webhooks(parts, server, gateway, chosen, read)
                version, _ = await asyncio.gather(_version(gateway), reads)
                probe = replace(probe, version=version)
    except TimeoutError:
        # What was read until then counts.
        pass
    return Seen(server, probe, tuple(read))


def _opened(parts: Parts, server: Server) -> Gateway | None:
    """The way to a server; None where its row needs a key that is no longer listed."""
    try:
        parts.keyring.bearer(server.id, server.key_id)
    except KeyError:
        return None
    return parts.gateway_if_any(server)


async def _reach(server: Server, gateway: Gateway) -> Probe:
    started = time.monotonic()
    listed, lives = await asyncio.gather(gateway.instances(), _lives(server, gateway))
    latency_ms = round((time.monotonic() - started) * 1000)
    if not isinstance(listed, Failed):
        return Probe(True, None, True, None, latency_ms, None)
    answered = listed.http is not None and listed.code is not Code.SERVER_UNREACHABLE
    reachable = lives or (answered and listed.cause not in _NO_GATEWAY)
    return Probe(
        reachable=reachable,
        cause=listed.cause,
        key_accepted=False if listed.code is Code.SERVER_KEY_REJECTED else None,
        version=None,
        latency_ms=latency_ms if reachable else None,
        error_code=listed.code.value,
    )


async def _lives(server: Server, gateway: Gateway) -> bool:
    """Whether it says so itself, where that can be believed: Evolution's answer waits for other hosts, a node's not."""
    return server.kind == WEBJS and not isinstance(await gateway.info(), Failed)


async def _version(gateway: Gateway) -> str | None:
    info = await gateway.info()
    return None if isinstance(info, Failed) else info.value.version


async def _read_webhooks(
    parts: Parts, server: Server, gateway: Gateway, chosen: Sequence[Candidate], read: list[WebhookLook]
) -> None:
    gate = asyncio.Semaphore(READS_AT_ONCE)

    async def one(candidate: Candidate) -> None:
        async with gate:
            at = parts.now()
            found = await look(gateway, candidate.instance_name, target(parts, server, candidate))
        if isinstance(found, Failed):
            read.append(WebhookLook(candidate.id, at, None, None))
        else:
            read.append(WebhookLook(candidate.id, at, found.state.value, found.host))

    await asyncio.gather(*(one(candidate) for candidate in chosen))


def keep(parts: Parts, seen: Sequence[Seen]) -> list[Look]:
    """Write what was seen; the probes as kept, with the causes that only the past tells."""
    now = parts.now()
    looks = []
    with parts.database.transaction() as connection:
        past = health.silent(connection, [one.server.id for one in seen])
        for one in seen:
            before, probe = past.get(one.server.id), one.probe
            if before is not None and not probe.reachable:
                cause = silence(probe.cause, since=before.since, last_event_at=before.last_event_at, now=now)
                unreachable = cause != probe.cause
                probe = replace(probe, cause=cause, error_code=_UNREACHABLE if unreachable else probe.error_code)
            looks.append(Look(one.server.id, probe, tuple(_warnings(parts.settings.public_url, one.server.base_url))))
        health.keep_looks(connection, looks, now)
    # Apart: a webhook in flight holds its instance and waits for the server's row.
    with parts.database.transaction() as connection:
        health.keep_webhook_looks(connection, [read for one in seen for read in one.webhooks])
    return looks


_UNREACHABLE = Code.SERVER_UNREACHABLE.value


def _warnings(public_url: str, base_url: str) -> list[str]:
    """Catalogue codes of what will hurt later."""
    return [Code.WEBHOOK_UNREACHABLE_FROM_SERVER.value] if public_url_warning(public_url, base_url) else []


def look_at_one(parts: Parts, server: Server, *, seconds: float) -> Look:
    """Look at one server now, at none of its webhooks, and keep what was seen."""
    return keep(parts, parts.run(look_at_all(parts, [server], {}, seconds=seconds)))[0]

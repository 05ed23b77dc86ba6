"""Look at the fleet now, or read what was seen of it last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sambung.domain.errors import Code, RequestError
from sambung.domain.health import Known
from sambung.edge import observing
from sambung.edge.observing import Metric
from sambung.edge.probing import can_be_asked, keep, look_at_all
from sambung.edge.wiring import Parts
from sambung.store import assignments, events, health, idempotency, sends, servers
from sambung.store.health import Look, Silent
from sambung.store.servers import Server

LATENCIES_SHOWN = timedelta(hours=1)
# For what is written after the gateways had their time.
WRITING_S = 3.0
# A server's list, version and webhooks; a minute's run must end before the next.
LOOKING_S = 18.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the registry has of the fleet's health."""

    servers: list[Server]
    silent: dict[UUID, Silent]
    latencies: dict[UUID, list[int | None]]
    instances: list[Known]


def look(parts: Parts, *, seconds: float, server_id: UUID | None = None) -> list[Look]:
    """Look at every server at once, or at the one named, within `seconds`; raises `not_found`."""
    with parts.database.transaction() as connection:
        found = servers.all_servers(connection)
        candidates = health.candidates(connection)
    if server_id is not None:
        found = [one for one in found if one.id == server_id]
        if not found:
            raise RequestError(Code.NOT_FOUND)
    asked = [one for one in found if can_be_asked(one)]
    within = max(min(seconds - WRITING_S, LOOKING_S), 1.0)
    looks = keep(parts, parts.run(look_at_all(parts, asked, candidates, seconds=within)))
    _measure(looks)
    return looks


def sample(parts: Parts, client_id: UUID | None) -> Sample:
    """The last sample, with a client's instances or all."""
    with parts.database.transaction() as connection:
        found = servers.all_servers(connection)
        return Sample(
            servers=found,
            silent=dict(health.silent(connection, [one.id for one in found])),
            latencies=dict(health.latencies(connection, parts.now() - LATENCIES_SHOWN)),
            instances=health.known(connection, client_id, parts.now()),
        )


def roll_up(parts: Parts, now: datetime) -> None:
    """Turn finished hours into rows and forget what is old."""
    with parts.database.transaction() as connection:
        health.roll_up(connection, now)
    with parts.database.transaction() as connection:
        events.forget_old(connection, now)
        idempotency.forget_old(connection, now)
        sends.forget_old(connection, now)
        assignments.forget_old(connection, now)


def _measure(looks: list[Look]) -> None:
    observing.measure(Metric.SERVERS_DOWN, sum(not one.probe.reachable for one in looks))
    for one in looks:
        if one.probe.latency_ms is not None:
            observing.measure(Metric.SERVER_LATENCY, one.probe.latency_ms)

"""What many reads cost to write: decided on one by one and written in two statements, beside one bare UNNEST update."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from psycopg.types.json import Jsonb

from bench.figure import Figure, compare
from bench.scale import Scale
from bench.stage import Server, Stage, server_with
from sambung.domain.instance import Observation, Seen, Source
from sambung.store.connection import Connection
from sambung.store.sightings import Sight, observe_all

AGAINST: Final = "one UNNEST update of the same columns of the same rows, its values at hand"
_BARE: Final = """
    UPDATE wa_sessions w SET
        status = seen.status, status_since = seen.status_since, observed_at = seen.observed_at,
        observed_rank = seen.observed_rank, error_code = seen.error_code, error_evidence = seen.error_evidence,
        phone_number = seen.phone_number, profile_name = seen.profile_name, needs_check = seen.needs_check,
        last_read_at = seen.read_at, revision = w.revision + 1, updated_at = now()
    FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::text[], %s::jsonb[],
                %s::text[], %s::text[], %s::bool[], %s::timestamptz[])
        AS seen (id, status, status_since, observed_at, observed_rank, error_code, error_evidence, phone_number,
                 profile_name, needs_check, read_at)
    WHERE w.id = seen.id
"""


class NotWritten(RuntimeError):
    """Not every row was written."""


def figures(stage: Stage, scale: Scale) -> Iterator[Figure]:
    """Once where every read finds something new, once where none does."""
    for name, known in (("observations_with_changes", False), ("observations_without_changes", True)):
        writes = Writes(stage, scale.observations, known=known)
        with stage.connect() as ours, stage.connect() as plain:
            yield compare(
                name,
                "s",
                measured=partial(writes.applied, ours),
                reference=partial(writes.bare, plain),
                against=AGAINST,
                rounds=scale.sweep_rounds,
                more={"observations": scale.observations},
            )


@dataclass(frozen=True, slots=True)
class Writes:
    """A read of each of so many instances. `known`: an earlier one saw the same."""

    stage: Stage
    count: int
    known: bool

    def applied(self, connection: Connection) -> float:
        """Seconds for what a sweep does with its reads."""
        server = self._prepared(connection)
        sights = _sights(server, datetime.now(UTC), revision=int(self.known))
        started = time.perf_counter()
        with connection.transaction():
            done = observe_all(connection, sights)
        took = time.perf_counter() - started
        if len(done) != self.count:
            raise NotWritten(len(done))
        return took

    def bare(self, connection: Connection) -> float:
        """Seconds for the bare update."""
        columns = _columns(self._prepared(connection), datetime.now(UTC))
        started = time.perf_counter()
        with connection.transaction():
            written = connection.execute(_BARE, columns).rowcount
        took = time.perf_counter() - started
        if written != self.count:
            raise NotWritten(written)
        return took

    def _prepared(self, connection: Connection) -> Server:
        server = server_with(0, self.count)
        self.stage.refill([server])
        if self.known:
            observe_all(connection, _sights(server, datetime.now(UTC) - timedelta(minutes=5), revision=0))
            connection.execute("VACUUM (ANALYZE) wa_sessions")
        return server


def _sights(server: Server, at: datetime, *, revision: int) -> list[Sight]:
    return [
        Sight(instance_id, revision, Observation(Seen.OPEN, Source.READ, server.id, at, at, generation=1))
        for instance_id, _ in server.instances
    ]


def _columns(server: Server, at: datetime) -> Sequence[Sequence[object]]:
    count = len(server.instances)
    alike = ("connected", at, at, 1, None, Jsonb({}), None, None, False, at)
    return [[instance_id for instance_id, _ in server.instances], *([value] * count for value in alike)]

"""Counts who was refused, so that an operator sees a wrong secret; little of it reaches the database at once."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from sambung.domain.errors import StoreUnavailable
from sambung.edge import observing
from sambung.edge.observing import Metric
from sambung.store import metrics, refusals
from sambung.store.connection import Connection
from sambung.store.refusals import Refused
from webhook.patience import PatientDatabase
from webhook.signed import announced

# A flood costs one statement so often; the first refusal after a quiet time is written at once.
WRITTEN_EVERY_S = 5.0
_KINDS_HELD = 50


class Refusals:
    """Refusals of one execution environment. What the database does not take is told in the log and metrics only."""

    def __init__(self, database: PatientDatabase, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._held: Counter[tuple[str, str, UUID | None]] = Counter()
        self._tried_at = float("-inf")

    def note(self, cause: str, said_url: str, server_id: UUID | None) -> None:
        """One more; `said_url` as it came."""
        observing.measure(Metric.WEBHOOK_AUTH_FAILURES)
        observing.bind(refused=cause)
        key = (cause, announced(said_url) or "", server_id)
        if len(self._held) < _KINDS_HELD or key in self._held:
            self._held[key] += 1

    def settle(self) -> None:
        """Write what is held, if it is time. Never raises, and waits for no database that is away."""
        if not self._held or self._clock() - self._tried_at < WRITTEN_EVERY_S:
            return
        self._tried_at = self._clock()
        now = datetime.now(UTC)
        counted = [Refused(cause, url, server, n, now) for (cause, url, server), n in self._held.items()]
        try:
            self._database.ask(lambda connection: _add(connection, counted, now), tries=1)
        except (StoreUnavailable, psycopg.Error) as error:
            observing.bind(uncounted=type(error).__name__)
        else:
            self._held.clear()


def _add(connection: Connection, counted: Sequence[Refused], now: datetime) -> None:
    refusals.add(connection, counted)
    refusals.forget_old(connection, now)
    metrics.refused(connection, sum(one.count for one in counted), now)

"""The database as a webhook may wait for it: within the tries that are left, and not while it is known to be away."""

# First, because its libraries take longest to load.
import psycopg

# isort: split
import time
from collections.abc import Callable
from typing import TypeVar

from sambung.domain.errors import StoreUnavailable
from sambung.store.connection import Connection, Database
from webhook.outage import Outage
from webhook.watchdog import watchdog

T = TypeVar("T")


class PatientDatabase:
    """One database and what is remembered of its outage."""

    def __init__(self, database: Database, outage: Outage) -> None:
        self._database = database
        self._outage = outage

    def ask(self, work: Callable[[Connection], T], *, tries: int | None = None) -> T:
        """Do it in one transaction, again on a new connection if need be; `tries`: at most so often. Raises
        StoreUnavailable, and what a statement raises."""
        started = time.monotonic()
        for seconds in self._outage.tries_s()[:tries]:
            try:
                with watchdog(seconds, psycopg.OperationalError), self._database.transaction() as connection:
                    done = work(connection)
            except StoreUnavailable:
                self._outage.noted(time.monotonic() - started)
                continue
            self._outage.over()
            return done
        raise StoreUnavailable

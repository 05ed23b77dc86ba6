"""The reconciler in process, beside the admin API, over a real PostgreSQL and real simulated gateways."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from reconciler.handler import build, handle
from sambung.edge.wiring import Parts, utc_now
from sambung.store.connection import Connection
from tests.calling import Api, FakeContext
from tests.functional.manage_instance.conftest import api, clean_gateway, client_id, create, gateway, parts, server

__all__ = ["api", "clean_gateway", "client_id", "create", "gateway", "parts", "server"]


@dataclass
class Clock:
    """The reconciler's clock: what the schedule does every five minutes shall not take five minutes."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return utc_now() + self.ahead


class Reconciler:
    """The function, as its schedule, its queue and its callers use it."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.clock = Clock()
        parts.now = self.clock.now
        self._app = build(parts)
        self.api = Api(lambda event, context: handle(parts, self._app, event, context))

    def scheduled(self, *, minutes_later: float = 5) -> Mapping[str, Any]:
        """The next scheduled run."""
        self.clock.ahead += timedelta(minutes=minutes_later)
        event = {"source": "aws.events", "detail-type": "Scheduled Event"}
        return handle(self.parts, self._app, event, FakeContext(30_000))  # type: ignore[arg-type]

    def woken(self, *bodies: str) -> list[str]:
        """A batch from the queue; the bodies of the messages that come again."""
        records = [
            {"messageId": str(at), "receiptHandle": "r", "body": body, "eventSource": "aws:sqs", "attributes": {}}
            for at, body in enumerate(bodies)
        ]
        answer = handle(self.parts, self._app, {"Records": records}, FakeContext(30_000))  # type: ignore[arg-type]
        return [bodies[int(failed["itemIdentifier"])] for failed in answer["batchItemFailures"]]


@pytest.fixture
def reconciler(parts: Parts) -> Reconciler:
    return Reconciler(parts)


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    """A look from outside."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def row(plain: Connection) -> Callable[[str | UUID], dict[str, Any]]:
    """An instance's row as it is now."""

    def found(instance_id: str | UUID) -> dict[str, Any]:
        row = plain.execute("SELECT * FROM wa_sessions WHERE id = %s", [str(instance_id)]).fetchone()
        assert row is not None
        return row

    return found

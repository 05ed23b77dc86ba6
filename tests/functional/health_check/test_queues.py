"""The scheduled run counts what waits and what was given up, and takes silence for neither."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from health_check import depths
from health_check.handler import scheduled
from sambung.edge import observing
from sambung.edge.observing import Metric
from sambung.edge.wiring import Parts
from tests import queues
from tests.calling import Api
from tests.functional.health_check.conftest import Clock, undelivered
from tests.queues import Queue


@pytest.fixture
def queue() -> Iterator[Queue]:
    with queues.aws():
        depths._queues.cache_clear()
        yield queues.create("overflow")
    depths._queues.cache_clear()


def test_what_waits_is_measured_and_what_was_given_up_is_an_alert_until_it_is_gone(
    api: Api, parts: Parts, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: dict[Metric, float] = {}
    monkeypatch.setattr(observing, "measure", lambda metric, value=1, **_: measured.update({metric: value}))
    parts.settings = replace(parts.settings, overflow_queue_url=queue.url, dead_letter_queue_urls=(queue.dead_url,))

    def minutes(count: int) -> list[str]:
        for _ in range(count):
            clock.pass_(minutes=1)
            scheduled(parts, undelivered, seconds=30)
        return [one["title"] for one in api.get("/api/alerts?state=active").json["items"]]

    for _ in range(3):
        queue.client.send_message(QueueUrl=queue.url, MessageBody="parked")
    assert minutes(1) == []
    assert measured[Metric.OVERFLOW_DEPTH] == 3
    queue.client.send_message(QueueUrl=queue.dead_url, MessageBody="poison")
    assert minutes(1) == ["Messages in the dead letter queue overflow-dead: 1"]
    queue.client.purge_queue(QueueUrl=queue.dead_url)
    # While the queues do not answer nobody knows.
    gone, there = parts.settings.dead_letter_queue_urls, f"{queue.dead_url}-gone"
    parts.settings = replace(parts.settings, dead_letter_queue_urls=(there,))
    assert len(minutes(10)) == 1
    parts.settings = replace(parts.settings, dead_letter_queue_urls=gone)
    assert minutes(5) == []

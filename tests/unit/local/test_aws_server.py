"""The AWS stand-in's queue bears the webhooks of a long outage."""

import time
from collections.abc import Iterator
from typing import Final
from unittest.mock import patch

import pytest
from moto.sqs import models
from moto.sqs.models import Queue, SQSBackend

from local.aws_server import hasten_queues

HOLDS: Final = 200


@pytest.fixture
def queue() -> Iterator[SQSBackend]:
    """A hastened backend whose queue holds so many messages."""
    kept = SQSBackend.is_message_valid_based_on_retention_period, vars(models)["unix_time_millis"]
    groups = Queue.pending_message_groups
    hasten_queues()
    backend = SQSBackend("us-east-1", "123456789012")
    backend.create_queue("q", None, VisibilityTimeout="60", MessageRetentionPeriod="300")
    for number in range(HOLDS):
        backend.send_message("q", str(number))
    yield backend
    Queue.pending_message_groups = groups  # type: ignore[method-assign]
    SQSBackend.is_message_valid_based_on_retention_period, vars(models)["unix_time_millis"] = kept  # type: ignore[method-assign]


def test_handing_out_a_batch_counts_the_queue_at_most_once(queue: SQSBackend) -> None:
    looked = 0

    def counted(message: models.Message) -> bool:
        nonlocal looked
        looked += 1
        return message.visible_at < time.time() * 1000

    with patch.object(models.Message, "visible", property(counted)):
        found = queue.receive_message("q", 10, 0, 60)
    assert [message.body for message in found] == [str(number) for number in range(10)]
    assert looked <= 2 * HOLDS


def test_what_is_kept_longer_than_the_queue_keeps_it_is_not_handed_out(queue: SQSBackend) -> None:
    kept: Queue = queue.get_queue("q")
    kept._messages[0].sent_timestamp = int(time.time() * 1000) - 301_000  # type: ignore[assignment]
    assert queue.receive_message("q", 1, 0, 60) == []

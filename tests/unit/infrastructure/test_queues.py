"""Nothing parked is lost, repeated too early or repeated for ever."""

import pytest

from tests.unit.infrastructure import stack

SOURCES = [
    ("OverflowQueue", "WebhookFunction"),
    ("CheckQueue", "ReconcilerFunction"),
    ("WorkQueue", "ManageInstanceFunction"),
]
# The longest database outage that must cost no parked webhook.
OUTAGE_S = 15 * 60
EVERY = pytest.mark.parametrize(("queue", "function"), SOURCES)


def dead_letter_queue(queue: str) -> str:
    return stack.arn_of(stack.resources("AWS::SQS::Queue")[queue]["RedrivePolicy"]["deadLetterTargetArn"])


def test_each_queue_feeds_its_own_function() -> None:
    assert sorted((stack.arn_of(own["Queue"]), name) for name, own in stack.events("SQS")) == sorted(SOURCES)


@EVERY
def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(queue: str, function: str) -> None:
    visibility = stack.resources("AWS::SQS::Queue")[queue]["VisibilityTimeout"]
    assert visibility >= 6 * stack.functions()[function]["Timeout"]


@EVERY
def test_a_poison_message_is_set_aside_after_five_tries(queue: str, function: str) -> None:
    assert stack.resources("AWS::SQS::Queue")[queue]["RedrivePolicy"]["maxReceiveCount"] == 5
    assert dead_letter_queue(queue) not in dict(SOURCES)


@EVERY
def test_what_was_set_aside_outlives_the_queue_it_came_from(queue: str, function: str) -> None:
    queues = stack.resources("AWS::SQS::Queue")
    # A message's age counts from its first sending, also after the move.
    assert queues[dead_letter_queue(queue)]["MessageRetentionPeriod"] > queues[queue]["MessageRetentionPeriod"]


@EVERY
def test_one_bad_message_does_not_repeat_its_batch(queue: str, function: str) -> None:
    source = next(own for name, own in stack.events("SQS") if name == function)
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_parked_webhooks_are_still_being_tried_when_a_long_outage_ends() -> None:
    overflow = stack.resources("AWS::SQS::Queue")["OverflowQueue"]
    last_try_s = (overflow["RedrivePolicy"]["maxReceiveCount"] - 1) * overflow["VisibilityTimeout"]
    assert last_try_s > OUTAGE_S


@pytest.mark.parametrize("queue", sorted(stack.resources("AWS::SQS::Queue")))
def test_every_queue_is_encrypted(queue: str) -> None:
    assert stack.resources("AWS::SQS::Queue")[queue]["SqsManagedSseEnabled"] is True


def test_losing_the_stack_loses_no_acknowledged_webhook() -> None:
    resources = stack.template()["Resources"]
    kept = {name for name in stack.resources("AWS::SQS::Queue") if resources[name]["DeletionPolicy"] == "Retain"}
    assert kept == {"OverflowQueue", "OverflowDeadLetterQueue"}

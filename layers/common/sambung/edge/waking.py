"""Wakes through a queue: the reconciler for checks and sweeps, who works on many instances; a lost message only costs
time."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from aws_lambda_powertools import Logger

from sambung.edge import observing

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

T = TypeVar("T")

IDS_IN_A_MESSAGE = 100
MESSAGES_AT_ONCE = 10  # the most SQS takes

logger = Logger()


class UnreadableWish(ValueError):
    """The message is not one of ours."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message asks for: checks of instances, sweeps of servers, work on operations on many."""

    checks: tuple[UUID, ...] = ()
    sweeps: tuple[UUID, ...] = ()
    work: tuple[UUID, ...] = ()


def wake(queue_url: str | None, instance_ids: Iterable[UUID]) -> bool:
    """Ask for checks now; whether the queue has taken all. Never raises: the wish itself is in the database, and the
    next scheduled sweep finds it there."""
    groups = _in_groups(sorted(set(instance_ids)), IDS_IN_A_MESSAGE)
    lost = _send(queue_url, [Wish(checks=tuple(group)) for group in groups])
    return not lost


def ask_for_sweeps(queue_url: str | None, server_ids: Iterable[UUID]) -> Sequence[UUID]:
    """Ask for one sweep of each server; those the queue has not taken."""
    lost = _send(queue_url, [Wish(sweeps=(server_id,)) for server_id in server_ids])
    return [server_id for wish in lost for server_id in wish.sweeps]


def ask_for_work(queue_url: str | None, operation_ids: Iterable[UUID], *, delay_s: int = 0) -> bool:
    """Ask for somebody to work on each of these operations; whether the queue has taken all. Never raises: the next
    scheduled run asks again."""
    return not _send(queue_url, [Wish(work=(operation_id,)) for operation_id in operation_ids], delay_s)


def read(body: str) -> Wish:
    """A message's wish; raises UnreadableWish."""
    try:
        said = json.loads(body)
        return Wish(
            checks=tuple(UUID(one) for one in said.get("check", ())),
            sweeps=tuple(UUID(one) for one in said.get("sweep", ())),
            work=tuple(UUID(one) for one in said.get("work", ())),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableWish("not a wake-up message") from error


def _send(queue_url: str | None, wishes: Sequence[Wish], delay_s: int = 0) -> Sequence[Wish]:
    """The wishes that were not taken."""
    if not queue_url or not wishes:
        return wishes
    # Costs 0.2 s, which only those pay who wake.
    from botocore.exceptions import BotoCoreError, ClientError

    lost: list[Wish] = []
    for group in _in_groups(wishes, MESSAGES_AT_ONCE):
        try:
            answer = _queues().send_message_batch(QueueUrl=queue_url, Entries=_entries(group, delay_s))
            lost += [group[int(failed["Id"])] for failed in answer.get("Failed", ())]
        except (BotoCoreError, ClientError) as error:
            logger.warning("wake-up lost", extra={"error": type(error).__name__, "messages": len(group)})
            lost += group
    return lost


def _entries(wishes: Sequence[Wish], delay_s: int) -> list["SendMessageBatchRequestEntryTypeDef"]:
    return [
        {
            "Id": str(at),
            "MessageBody": _text(wish),
            "MessageAttributes": observing.carried(),
            "DelaySeconds": delay_s,
        }
        for at, wish in enumerate(wishes)
    ]


def _text(wish: Wish) -> str:
    named = {"check": wish.checks, "sweep": wish.sweeps, "work": wish.work}
    return json.dumps({word: [str(one) for one in ids] for word, ids in named.items() if ids})


@cache
def _queues() -> "SQSClient":
    """A client that gives up soon: whoever wakes has something else to do."""
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return boto3.client("sqs", config=patience)


def _in_groups(things: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(things), size):
        yield list(things[start : start + size])

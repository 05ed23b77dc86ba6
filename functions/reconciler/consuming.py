"""The queue of wake-ups: what a batch asks for is done at once for all its messages, and each is answered alone."""

from collections.abc import Mapping, Sequence

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from reconciler.checking import check
from reconciler.sweep import Scope, sweep
from sambung.domain.errors import StoreUnavailable
from sambung.edge import waking
from sambung.edge.api import Answer, Event
from sambung.edge.waking import UnreadableWish, Wish
from sambung.edge.wiring import Parts

logger = Logger()


def consume(parts: Parts, event: Event, context: LambdaContext, *, seconds: float) -> Answer:
    """Do what a batch of messages asks for; those that must come again are named in the answer.

    A server that does not answer fails no message: the wish stays in the database. A database that does not, fails
    all. What is no wake-up fails alone, and ends in the dead letter queue.
    """
    wishes: dict[str, Wish | Exception] = {
        str(record["messageId"]): _wish(str(record["body"])) for record in event["Records"]
    }
    try:
        _do(parts, [wish for wish in wishes.values() if isinstance(wish, Wish)], seconds)
    except StoreUnavailable as error:
        logger.warning("wake-ups come again", extra={"messages": len(wishes), "evidence": dict(error.evidence)})
        wishes = dict.fromkeys(wishes, error)
    return _answer(event, context, wishes)


def _wish(body: str) -> Wish | UnreadableWish:
    try:
        return waking.read(body)
    except UnreadableWish as error:
        return error


def _do(parts: Parts, wishes: Sequence[Wish], seconds: float) -> None:
    checks = {one for wish in wishes for one in wish.checks}
    servers = {one for wish in wishes for one in wish.sweeps}
    if checks:
        checked = check(parts, checks, seconds=seconds if not servers else seconds / 3)
        logger.info(
            "checks", extra={"wanted": checked.wanted, "answered": checked.answered, "changed": checked.changed}
        )
    if servers:
        result = sweep(parts, Scope(frozenset(servers)), seconds=seconds * 2 / 3 if checks else seconds)
        logger.info("sweep", extra={"run_id": str(result.run_id), **result.counts()})


def _answer(event: Event, context: LambdaContext, results: Mapping[str, Wish | Exception]) -> Answer:
    def answer(record: SQSRecord) -> None:
        result = results[record.message_id]
        if isinstance(result, Exception):
            raise result

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(dict(event), answer, processor, context))

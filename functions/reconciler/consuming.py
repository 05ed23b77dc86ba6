"""The queue of wake-ups: what a batch asks for is done at once for all its messages, and each is answered alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from reconciler.checking import check
from reconciler.outcome import Scope
from reconciler.sweep import sweep
from sambung.domain.errors import StoreUnavailable
from sambung.edge import observing, waking
from sambung.edge.api import Answer, Event
from sambung.edge.waking import UnreadableWish, Wish
from sambung.edge.wiring import Parts


def consume(parts: Parts, event: Event, context: LambdaContext, *, seconds: float) -> Answer:
    """Do what a batch of messages asks for; those that must come again are named in the answer.

    A server that does not answer fails no message: the wish stays in the database. A database that does not, fails
    all. What is no wake-up fails alone, and ends in the dead letter queue.
    """
    wishes: dict[str, Wish | Exception] = {
        str(record["messageId"]): _wish(str(record["body"])) for record in event["Records"]
    }
    causes = list(dict.fromkeys(observing.correlation_of(record) for record in event["Records"]))
    with observing.story("wake-ups", causes[0]) as told:
        told.bind(messages=len(wishes), causes=causes[1:] or None)
        try:
            told.bind(**_do(parts, [wish for wish in wishes.values() if isinstance(wish, Wish)], seconds))
        except StoreUnavailable as error:
            told.fail(error)
            wishes = dict.fromkeys(wishes, error)
        answer = _answer(event, context, wishes)
        told.bind(come_again=len(answer["batchItemFailures"]))
    return answer


def _wish(body: str) -> Wish | UnreadableWish:
    try:
        return waking.read(body)
    except UnreadableWish as error:
        return error


def _do(parts: Parts, wishes: Sequence[Wish], seconds: float) -> Mapping[str, object]:
    """What was done, in numbers. Checks come first: somebody waits for them."""
    done: dict[str, object] = {}
    checks = {one for wish in wishes for one in wish.checks}
    servers = {one for wish in wishes for one in wish.sweeps}
    if checks:
        checked = check(parts, checks, seconds=seconds if not servers else seconds / 3)
        done |= {f"checks_{what}": number for what, number in asdict(checked).items()}
    if servers:
        result = sweep(parts, Scope(frozenset(servers)), seconds=seconds * 2 / 3 if checks else seconds)
        done |= {"run_id": str(result.run_id), **result.counts()}
    return done


def _answer(event: Event, context: LambdaContext, results: Mapping[str, Wish | Exception]) -> Answer:
    def answer(record: SQSRecord) -> None:
        result = results[record.message_id]
        if isinstance(result, Exception):
            raise result

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(dict(event), answer, processor, context))

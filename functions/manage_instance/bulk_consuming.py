"""The queue of operations on many instances: each message gives one of them a turn of work."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from manage_instance.bulk import go_on
from manage_instance.bulk_kinds import kinds
from sambung.domain.errors import StoreUnavailable
from sambung.edge import observing, waking
from sambung.edge.api import Answer, Event
from sambung.edge.waking import UnreadableWish
from sambung.edge.wiring import Parts

SPARE_S = 3.0  # for what is written at the end


def consume(parts: Parts, event: Event, context: LambdaContext) -> Answer:
    """Work for as long as the invocation lasts; messages that must come again are named in the answer."""
    records: Sequence[Mapping[str, Any]] = event["Records"]
    failed = [str(record["messageId"]) for record in records if not _worked(parts, record, context)]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def _worked(parts: Parts, record: Mapping[str, Any], context: LambdaContext) -> bool:
    with observing.story("work", observing.correlation_of(record)) as told:
        try:
            wish = waking.read(str(record["body"]))
            for operation_id in wish.work:
                seconds = context.get_remaining_time_in_millis() / 1000 - SPARE_S
                passed = go_on(parts, kinds(parts), operation_id, seconds=seconds)
                told.bind(operation_id=str(operation_id), taken=passed.taken, begun=passed.begun, state=passed.state)
        except (UnreadableWish, StoreUnavailable) as error:
            told.fail(error)
            return False
    return True

"""The reconciler's Lambda function, called by its schedule."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from reconciler.sweep import sweep
from sambung.edge.api import Answer, Event
from sambung.edge.wiring import Parts, parts_from_environment

logger = Logger()


@cache
def _parts() -> Parts:
    return parts_from_environment()


def lambda_handler(_event: Event, context: LambdaContext) -> Answer:
    """One sweep over all servers within the invocation's time."""
    summary = sweep(_parts(), seconds=context.get_remaining_time_in_millis() / 1000 - 2)
    logger.info("sweep", extra=dict(summary))
    return {"ok": True, **summary}

"""The webhook function: what gateways tell us, over HTTP or, when the database was away, out of the overflow queue."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from sambung.edge.keyring import Keyring
from sambung.edge.settings import from_environment
from sambung.store.connection import Database
from webhook.door import Door
from webhook.overflow import Overflow
from webhook.request import Event
from webhook.wakeup import Wakeup


@cache
def _door() -> Door:
    settings = from_environment()
    overflow = Overflow(settings.overflow_queue_url) if settings.overflow_queue_url else None
    return Door(
        Database(settings.database_url),
        Keyring(settings.keys),
        overflow,
        wakeup=Wakeup(settings.check_queue_url),
    )


def lambda_handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    """Answer one request of a gateway, or take a batch of the overflow queue."""
    if "requestContext" in event:
        return _door().answer(event)
    if "Records" in event:
        return _door().drain(event["Records"], lambda: context.get_remaining_time_in_millis() / 1000)
    # Not to be answered: whoever sent it would take any answer for success.
    raise TypeError("this function takes events of HTTP API and SQS only")

"""The queue that takes what the database cannot take now."""

from functools import cached_property
from typing import TYPE_CHECKING

from webhook.watchdog import watchdog

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# The client's own time-outs restart with every byte.
SEND_WITHIN_S = 2.5
CONNECT_WITHIN_S = 1.0


class OverflowUnavailable(Exception):
    """The queue did not take it; nothing was kept."""


class Overflow:
    """One queue, by its URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def park(self, message: str, correlation_id: str) -> None:
        """Returns when the message is durable; raises OverflowUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        attributes = {"correlation_id": {"DataType": "String", "StringValue": correlation_id or "none"}}
        try:
            # An import that is interrupted stays half done, so the client is made outside.
            client = self._client
            with watchdog(SEND_WITHIN_S, OverflowUnavailable):
                client.send_message(QueueUrl=self._url, MessageBody=message, MessageAttributes=attributes)  # type: ignore[arg-type]
        except (BotoCoreError, ClientError) as error:
            raise OverflowUnavailable(type(error).__name__) from error

    @cached_property
    def _client(self) -> "SQSClient":
        import boto3
        from botocore.config import Config

        once = Config(connect_timeout=CONNECT_WITHIN_S, read_timeout=SEND_WITHIN_S, retries={"total_max_attempts": 1})
        return boto3.client("sqs", config=once)

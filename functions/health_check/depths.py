"""How much waits in the queues: what is parked, and what was given up."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = Logger()


def depth(queue_url: str) -> int | None:
    """How many messages a queue holds, those being worked on too; None where it did not say. Never raises."""
    # Costs 0.2 s, which only the scheduled run pays.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        said = _queues().get_queue_attributes(
            QueueUrl=queue_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
    except (BotoCoreError, ClientError) as error:
        logger.warning("queue unread", extra={"error": type(error).__name__})
        return None
    return sum(int(count) for count in said.get("Attributes", {}).values())


def depths(queue_urls: Mapping[str, str]) -> Mapping[str, int] | None:
    """The depth of each queue by its name; None where one did not say."""
    found: dict[str, int] = {}
    for name, url in queue_urls.items():
        count = depth(url)
        if count is None:
            return None
        found[name] = count
    return found


@cache
def _queues() -> "SQSClient":
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return boto3.client("sqs", config=patience)

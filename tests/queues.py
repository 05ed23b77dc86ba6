"""A real SQS over HTTP for tests: moto's server in this process, and what Lambda's poller does with a queue."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from moto.server import ThreadedMotoServer

from local.events import REGION, queue_event
from local.queues import arn
from local.template import QueueSource

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_RECEIVES = 5
SOURCE = QueueSource("overflow", "WebhookFunction", 10, partial_responses=True, max_concurrency=2)
Handler = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Queue:
    """A queue whose messages come back at once, and its dead letters."""

    client: "SQSClient"
    url: str
    dead_url: str

    def poll(self, handler: Handler) -> int:
        """One batch, as Lambda's poller takes it; how many messages there were."""
        found = self.client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages", [])
        if found:
            answer = handler(queue_event(SOURCE, found)) or {}
            again = {item["itemIdentifier"] for item in answer.get("batchItemFailures", [])}
            for message in found:
                if message["MessageId"] not in again:
                    self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return len(found)

    def waiting(self) -> list[dict[str, Any]]:
        """The messages in the queue."""
        return self._read(self.url)

    def dead(self) -> list[dict[str, Any]]:
        """The messages nobody could take."""
        return self._read(self.dead_url)

    def _read(self, url: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while messages := self.client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=3600
        ).get("Messages"):
            found += messages  # type: ignore[arg-type]
        return found


@contextmanager
def aws() -> Iterator[str]:
    """Moto's address; the environment points boto3 to it."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with patch.dict(os.environ, environment(url)):
        yield url
    server.stop()


def environment(url: str) -> dict[str, str]:
    """What Lambda sets, and where its AWS is."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
    }


def create(name: str, *, visibility_s: int = 0) -> Queue:
    """A queue with dead letters after five receives, as the template has it, but for the wait between them."""
    client = boto3.client("sqs")
    dead = client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn(f"{name}-dead"), "maxReceiveCount": MAX_RECEIVES})
    attributes: Any = {"VisibilityTimeout": str(visibility_s), "RedrivePolicy": redrive}
    return Queue(client, client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], dead)

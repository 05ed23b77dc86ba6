"""Creates the queues and feeds functions from them, as Lambda's event source mapping does."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import cast

import aiohttp

from local.aws import Aws, AwsError
from local.events import ACCOUNT, REGION, failed_message_ids, queue_event
from local.queue_journal import Waiting
from local.template import Queue, QueueSource
from local.workers import WorkerPool

WAIT_S = 5
PAUSE_S = 1.0
Message = Mapping[str, object]


def arn(name: str) -> str:
    """A queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


async def create(aws: Aws, queues: Sequence[Queue]) -> dict[str, str]:
    """Create the queues; their URLs by name."""
    urls = {}
    for queue in queues:
        attributes = dict(queue.attributes)
        if queue.dead_letter:
            redrive = {"deadLetterTargetArn": arn(queue.dead_letter), "maxReceiveCount": queue.max_receives}
            attributes["RedrivePolicy"] = json.dumps(redrive)
        created = await aws.call("sqs", "CreateQueue", {"QueueName": queue.name, "Attributes": attributes})
        urls[queue.name] = str(created["QueueUrl"])
    return urls


async def send_again(aws: Aws, urls: Mapping[str, str], waiting: Sequence[Waiting]) -> None:
    """Put back what waited when the last stack ended; queues that are no more are left out."""
    for message in waiting:
        if message.queue in urls:
            body = {"MessageBody": message.body, "MessageAttributes": message.attributes}
            await aws.call("sqs", "SendMessage", {"QueueUrl": urls[message.queue], **body})


class QueueConsumer:
    """Polls one queue and invokes one function with batches, several at once."""

    def __init__(self, aws: Aws, source: QueueSource, url: str, pool: WorkerPool) -> None:
        self._aws = aws
        self._source = source
        self._url = url
        self._pool = pool

    async def run(self) -> None:
        """Consume until cancelled."""
        async with asyncio.TaskGroup() as group:
            free = asyncio.Semaphore(self._source.max_concurrency)
            while True:
                await free.acquire()
                task = group.create_task(self._consume(await self._receive()))
                task.add_done_callback(lambda _: free.release())

    async def _receive(self) -> list[Message]:
        """Wait for messages; a stand-in that does not answer is asked again."""
        request = {
            "QueueUrl": self._url,
            "MaxNumberOfMessages": min(self._source.batch_size, 10),
            "WaitTimeSeconds": WAIT_S,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, AwsError):
                answer = await self._aws.call("sqs", "ReceiveMessage", request)
                if messages := answer.get("Messages"):
                    return cast("list[Message]", messages)
                continue
            await asyncio.sleep(PAUSE_S)

    async def _consume(self, messages: list[Message]) -> None:
        """Invoke with a batch and delete what was done; the rest comes back after its visibility timeout."""
        invocation = await self._pool.invoke(queue_event(self._source, messages))
        if invocation.error:
            return
        ids = [str(message["MessageId"]) for message in messages]
        failed = failed_message_ids(invocation.result, ids) if self._source.partial_responses else frozenset()
        done = [message for message in messages if message["MessageId"] not in failed]
        with suppress(aiohttp.ClientError, TimeoutError, AwsError):
            await self._delete(done)

    async def _delete(self, messages: list[Message]) -> None:
        for message in messages:
            body = {"QueueUrl": self._url, "ReceiptHandle": message["ReceiptHandle"]}
            await self._aws.call("sqs", "DeleteMessage", body)

"""What feeds functions from the queues goes on, whatever the AWS stand-in does."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast
from unittest.mock import patch

import aiohttp
import pytest

from local import queues
from local.aws import Aws, AwsError
from local.queues import QueueConsumer
from local.template import QueueSource
from local.workers import Invocation, WorkerPool

SOURCE = QueueSource("overflow", "WebhookFunction", 10, partial_responses=True, max_concurrency=2)
BROKEN = (500, b"<!doctype html><title>500 Internal Server Error</title>")


class StandIn(Aws):
    """Answers with what is given, one after the other, and then never."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        super().__init__(cast("aiohttp.ClientSession", None), "")
        self._answers = list(answers)

    async def forward(self, service: str, action: str, body: bytes) -> tuple[int, bytes]:
        del service, action, body
        if not self._answers:
            await asyncio.Event().wait()
        return self._answers.pop(0)


class Pool:
    """Notes what it is invoked with."""

    def __init__(self) -> None:
        self.invoked: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    async def invoke(self, event: Mapping[str, Any]) -> Invocation:
        await self.invoked.put(event)
        return Invocation(result={"batchItemFailures": []})


def test_a_stand_in_that_breaks_is_a_refusal() -> None:
    with pytest.raises(AwsError, match="500"):
        asyncio.run(StandIn(BROKEN).call("sqs", "ReceiveMessage", {}))


def test_a_queue_is_consumed_on_after_the_stand_in_broke() -> None:
    message = {"MessageId": "m", "ReceiptHandle": "r", "Body": "b", "MD5OfBody": "", "Attributes": {}}
    found = (200, json.dumps({"Messages": [message]}).encode())

    async def first() -> Mapping[str, Any]:
        pool = Pool()
        consuming = asyncio.create_task(
            QueueConsumer(StandIn(BROKEN, found), SOURCE, "q", cast("WorkerPool", pool)).run()
        )
        try:
            return await asyncio.wait_for(pool.invoked.get(), 10)
        finally:
            consuming.cancel()
            await asyncio.gather(consuming, return_exceptions=True)

    with patch.object(queues, "PAUSE_S", 0):
        event = asyncio.run(first())
    assert [record["messageId"] for record in event["Records"]] == ["m"]

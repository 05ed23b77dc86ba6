"""Functions that show what happens to them; every one is told by its event what to do."""

import json
import os
import threading
import time
from typing import Any

import boto3
import shelf  # from the layer

BUSY = threading.Lock()


def lambda_handler(event: dict[str, Any], context: Any) -> object:
    if "Records" in event:
        return consumed(event["Records"])
    if event.get("source") == "aws.events":
        return say("ticked", time=event["time"])
    path = event["rawPath"]
    if path.startswith("/trouble/"):
        return trouble(event["pathParameters"]["kind"])
    if path == "/echo/send":
        sqs = boto3.client("sqs")
        return [
            sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=body)["MessageId"] for body in bodies(event)
        ]
    if path == "/echo/dead":
        return boto3.client("sqs").receive_message(QueueUrl=os.environ["DEAD_LETTERS_URL"]).get("Messages", [])
    return echo(event, context)


def bodies(event: dict[str, Any]) -> list[str]:
    found: list[str] = json.loads(event["body"])
    return found


def echo(event: dict[str, Any], context: Any) -> dict[str, object]:
    overlapping = not BUSY.acquire(blocking=False)
    time.sleep(float(event.get("queryStringParameters", {}).get("s", 0)))
    if not overlapping:
        BUSY.release()
    return {
        "event": event,
        "environment": dict(os.environ),
        "pid": os.getpid(),
        "overlapping": overlapping,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "request_id": context.aws_request_id,
        "function_name": context.function_name,
        "shelf": shelf.WHERE,
    }


def trouble(kind: str) -> object:
    if kind == "sleep":
        time.sleep(30)
    if kind == "exit":
        os._exit(3)
    if kind == "malformed":
        return {"statusCode": "many"}
    if kind == "large":
        return "x" * 7_000_000
    raise ValueError(kind)


def consumed(records: list[dict[str, Any]]) -> dict[str, object]:
    for record in records:
        say("consumed", body=record["body"], count=record["attributes"]["ApproximateReceiveCount"])
    failed = [record["messageId"] for record in records if record["body"] == "poison"]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def say(event: str, **facts: object) -> None:
    print(json.dumps({"event": event, **facts}))  # noqa: T201  a function logs by writing

"""Writes the events Lambda gets and reads its answers, as HTTP API (payload 2.0), EventBridge and SQS do."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, unquote

from local.routes import Match
from local.template import QueueSource, Schedule

ACCOUNT = "123456789012"
REGION = "us-east-1"
API_ID = "local"
# Measured on the real one: everything else, also a form and a missing type, arrives as base64.
TEXT_TYPES = frozenset({"application/json", "application/xml", "application/javascript"})
# What HTTP API keeps for itself.
DROPPED_HEADERS = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "date", "set-cookie"})


class MalformedAnswerError(Exception):
    """A function's answer that HTTP API would turn into a 500."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it came in; `path` and `query` raw, header names in any case."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"
    scheme: str = "http"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the JWT authorizer passes on."""

    claims: Mapping[str, str]
    scopes: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def http_event(
    request: Request, match: Match, identity: Identity | None, request_id: str, now: datetime
) -> dict[str, object]:
    """The event of payload format 2.0."""
    headers = joined_headers(request)
    cookies = [part.strip() for part in headers.pop("cookie", "").split(";") if part.strip()]
    # The real one decodes the path, and even cuts it at a decoded question mark.
    path = unquote(request.path).partition("?")[0]
    query = _joined(parse_qsl(request.query, keep_blank_values=True))
    body, encoded = _event_body(request.body, headers.get("content-type", ""))
    host = headers.get("host", "")
    context: dict[str, object] = {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": host.partition(":")[0],
        "domainPrefix": host.partition(".")[0].partition(":")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": match.route.key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if identity is not None:
        context["authorizer"] = {"jwt": {"claims": dict(identity.claims), "scopes": identity.scopes}}
    event: dict[str, object] = {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": encoded,
    }
    # HTTP API leaves out what is empty.
    optional = {"cookies": cookies, "queryStringParameters": query, "pathParameters": match.parameters, "body": body}
    return event | {name: value for name, value in optional.items() if value}


def joined_headers(request: Request) -> dict[str, str]:
    """Header names in lower case, repeated ones joined by commas, and the forwarding headers."""
    headers = _joined([(name.lower(), _readable(value)) for name, value in request.headers])
    forwarded = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    headers["x-forwarded-for"] = ", ".join([*forwarded, request.source_ip])
    headers.setdefault("x-forwarded-proto", request.scheme)
    return headers


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, list[str]] = {}
    for name, value in pairs:
        joined.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in joined.items()}


def _readable(value: str) -> str:
    """Header bytes that are not UTF-8 read as Latin-1, so that JSON can carry them."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _event_body(body: bytes, content_type: str) -> tuple[str, bool]:
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return "", False
    if kind.startswith("text/") or kind in TEXT_TYPES:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def http_answer(result: object) -> Answer:
    """The answer for what a function returned: with `statusCode` as said, anything else as the JSON body of a 200."""
    if not (isinstance(result, dict) and "statusCode" in result):
        body = result if isinstance(result, str) else json.dumps(result, separators=(",", ":"))
        return Answer(200, (("content-type", "application/json"),), body.encode())
    headers = {str(name).lower(): _header(value) for name, value in (result.get("headers") or {}).items()}
    headers = {name: value for name, value in headers.items() if name not in DROPPED_HEADERS}
    headers.setdefault("content-type", "text/plain;charset=UTF-8")
    cookies = [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    return Answer(_status(result["statusCode"]), (*headers.items(), *cookies), _answer_body(result))


def _header(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _status(value: object) -> int:
    try:
        status = int(str(value))
    except ValueError:
        raise MalformedAnswerError(f"statusCode is {value!r}") from None
    if not 100 <= status <= 599:  # noqa: PLR2004  what HTTP knows
        raise MalformedAnswerError(f"statusCode is {status}")
    return status


def _answer_body(result: Mapping[str, object]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedAnswerError(f"body is a {type(body).__name__}, not a string")
    if not result.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise MalformedAnswerError("body is not base64") from None


def plain_answer(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    """HTTP API's own answer."""
    return Answer(
        status,
        (("content-type", "application/json"), *headers),
        json.dumps({"message": message}, separators=(",", ":")).encode(),
    )


def schedule_event(schedule: Schedule, event_id: str, now: datetime) -> object:
    """What EventBridge sends for a schedule."""
    if schedule.given_input is not None:
        return json.loads(schedule.given_input)
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/sambung-{schedule.name}"],
        "detail": {},
    }


def queue_event(source: QueueSource, messages: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """What Lambda's poller sends for messages as SQS's ReceiveMessage returned them."""
    return {"Records": [_record(source, message) for message in messages]}


def _record(source: QueueSource, message: Mapping[str, object]) -> dict[str, object]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": _message_attributes(message.get("MessageAttributes")),
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{source.queue}",
        "awsRegion": REGION,
    }


def _message_attributes(given: object) -> dict[str, object]:
    if not isinstance(given, dict):
        return {}
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    return {key: {names[part]: value for part, value in own.items() if part in names} for key, own in given.items()}


def failed_message_ids(result: object, message_ids: Sequence[str]) -> frozenset[str]:
    """The messages a partial batch response gives back; a response Lambda could not read gives back all."""
    if not result:
        return frozenset()
    failures = result.get("batchItemFailures", []) if isinstance(result, dict) else None
    if failures is None:
        return frozenset()
    try:
        failed = frozenset(item["itemIdentifier"] for item in failures)
    except (TypeError, KeyError):
        return frozenset(message_ids)
    return failed if failed.issubset(message_ids) else frozenset(message_ids)

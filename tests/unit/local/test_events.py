"""Events and answers have the format of the real ones."""

import json
from datetime import UTC, datetime

import pytest

from local.events import (
    Identity,
    MalformedAnswerError,
    Request,
    failed_message_ids,
    http_answer,
    http_event,
    queue_event,
    schedule_event,
)
from local.routes import Match
from local.template import QueueSource, Route, Schedule

NOW = datetime(2026, 11, 21, 23, 2, 22, 345000, tzinfo=UTC)
MATCH = Match(Route("GET", "/api/instances/{id}", "F", authorized=True), {"id": "7"})
SOURCE = QueueSource("Overflow", "F", 10, partial_responses=True, max_concurrency=2)


def event(request: Request, identity: Identity | None = None) -> dict[str, object]:
    made = http_event(request, MATCH, identity, "r-1", NOW)
    assert json.loads(json.dumps(made)) == made
    return made


def request(*headers: tuple[str, str], path: str = "/api/instances/7", query: str = "", body: bytes = b"") -> Request:
    return Request("GET", path, query, [("Host", "127.0.0.1:8400"), *headers], body, "127.0.0.1")


def test_a_whole_event_of_payload_2_0() -> None:
    made = event(
        request(
            ("User-Agent", "curl/8"),
            ("X-Twice", "a"),
            ("x-twice", "b"),
            ("Cookie", "a=1; b=2"),
            ("Content-Type", "application/json; charset=utf-8"),
            query="q=a&q=b&empty=&s=x%20y",
            body=b'{"x": 1}',
        ),
        Identity({"cognito:groups": "[admin operator]"}, None),
    )
    assert made == {
        "version": "2.0",
        "routeKey": "GET /api/instances/{id}",
        "rawPath": "/api/instances/7",
        "rawQueryString": "q=a&q=b&empty=&s=x%20y",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "host": "127.0.0.1:8400",
            "user-agent": "curl/8",
            "x-twice": "a,b",
            "content-type": "application/json; charset=utf-8",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"q": "a,b", "empty": "", "s": "x y"},
        "pathParameters": {"id": "7"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "GET",
                "path": "/api/instances/7",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8",
            },
            "requestId": "r-1",
            "routeKey": "GET /api/instances/{id}",
            "stage": "$default",
            "time": "21/Nov/2026:23:02:22 +0000",
            "timeEpoch": 1795302142345,
            "authorizer": {"jwt": {"claims": {"cognito:groups": "[admin operator]"}, "scopes": None}},
        },
        "body": '{"x": 1}',
        "isBase64Encoded": False,
    }


def test_what_is_empty_is_left_out() -> None:
    assert not {"cookies", "queryStringParameters", "body"} & event(request()).keys()
    assert "authorizer" not in dict(event(request())["requestContext"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("application/json", b"{}", "{}"),
        ("text/plain", "é".encode(), "é"),
        ("application/json", b"\xff", None),
        ("application/x-www-form-urlencoded", b"a=1", None),
        ("application/problem+json", b"{}", None),
        ("", b"{}", None),
    ],
)
def test_only_known_text_types_arrive_as_text(content_type: str, body: bytes, text: str | None) -> None:
    made = event(request(*([("Content-Type", content_type)] if content_type else []), body=body))
    assert made["isBase64Encoded"] is (text is None)
    assert text is None or made["body"] == text


def test_the_path_arrives_decoded_and_cut_at_a_decoded_question_mark() -> None:
    assert event(request(path="/api/instances/a%20b%3Fc"))["rawPath"] == "/api/instances/a b"


def test_header_bytes_that_are_not_utf8_still_arrive() -> None:
    made = event(request(("X-Odd", b"\xe9".decode("utf-8", "surrogateescape"))))
    assert dict(made["headers"])["x-odd"] == "é"  # type: ignore[call-overload]


def test_an_answer_with_a_status_is_taken_as_said() -> None:
    answer = http_answer(
        {
            "statusCode": "201",
            "headers": {"X-A": 1, "X-B": True, "Content-Length": 99},
            "cookies": ["a=1"],
            "body": "aGk=",
            "isBase64Encoded": True,
        }
    )
    assert answer.status == 201
    assert answer.body == b"hi"
    assert answer.headers == (
        ("x-a", "1"),
        ("x-b", "true"),
        ("content-type", "text/plain;charset=UTF-8"),
        ("set-cookie", "a=1"),
    )


@pytest.mark.parametrize(
    ("result", "body"), [({"a": 1}, b'{"a":1}'), ("hello", b"hello"), ([1], b"[1]"), (None, b"null")]
)
def test_an_answer_without_a_status_is_the_body(result: object, body: bytes) -> None:
    answer = http_answer(result)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers == (("content-type", "application/json"),)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "abc"},
        {"statusCode": 999},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
    ],
)
def test_an_answer_that_http_api_refuses_is_malformed(result: object) -> None:
    with pytest.raises(MalformedAnswerError):
        http_answer(result)


def test_a_schedule_sends_eventbridges_event_or_its_own_input() -> None:
    made = schedule_event(Schedule("S", "F", "rate(1 minute)", None), "id-1", NOW)
    assert isinstance(made, dict)
    assert (made["source"], made["detail-type"], made["time"]) == (
        "aws.events",
        "Scheduled Event",
        "2026-11-21T23:02:22Z",
    )
    assert schedule_event(Schedule("S", "F", "rate(1 minute)", '{"a": 1}'), "id-1", NOW) == {"a": 1}


def test_queue_messages_become_records() -> None:
    message = {
        "MessageId": "m",
        "ReceiptHandle": "h",
        "Body": "b",
        "MD5OfBody": "5",
        "Attributes": {"ApproximateReceiveCount": "1"},
        "MessageAttributes": {"k": {"StringValue": "v", "DataType": "String"}},
    }
    assert queue_event(SOURCE, [message])["Records"] == [
        {
            "messageId": "m",
            "receiptHandle": "h",
            "body": "b",
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {"k": {"stringValue": "v", "dataType": "String"}},
            "md5OfBody": "5",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:Overflow",
            "awsRegion": "us-east-1",
        }
    ]


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"wrong": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": None}, set()),
    ],
)
def test_a_partial_response_that_makes_no_sense_gives_everything_back(result: object, failed: set[str]) -> None:
    assert failed_message_ids(result, ["a", "b"]) == failed

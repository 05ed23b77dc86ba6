"""Every recorded answer of a node is the typed result the table says."""

import json
from typing import Any, Final, NamedTuple

import pytest

from sambung.domain.errors import Code
from sambung.gateways.ask import ACTION, READ
from sambung.gateways.redaction import LENGTH
from sambung.gateways.reply import Reply, read
from sambung.gateways.shape import Created, Failed, Kind, Listed, Memory, Ok, Result, Sent, ServerInfo
from sambung.gateways.webjs import answers
from sambung.gateways.webjs.refusals import failure
from tests.contract import recordings
from tests.contract.recordings import Exchange

P, T, A = Kind.PERMANENT, Kind.TRANSIENT, Kind.AMBIGUOUS
ALPHA: Final = "webjs_1_1732000001_aaaaaa01"
BETA: Final = "webjs_1_1732000002_bbbbbb02"
NUMBER: Final = "62811801641"
LAB_KEY: Final = "lab-api-key"


class No(NamedTuple):
    """A failure as the table says it."""

    kind: Kind
    code: Code
    cause: str | None = None


REJECTED: Final = No(P, Code.SERVER_KEY_REJECTED)
ABSENT: Final = No(P, Code.INSTANCE_NOT_FOUND_ON_SERVER)
NO_ROUTE: Final = No(P, Code.SERVER_ERROR, "route_missing")
BAD_PHONE: Final = No(P, Code.INVALID_REQUEST, "phone")
BAD_FORM: Final = No(P, Code.INVALID_REQUEST, "wrong_form")
NO_BROWSER: Final = No(A, Code.SERVER_ERROR, "browser")
DONE: Final = Ok(None)
HERE: Final = Ok(Created(ALPHA, own_token=False))
UNNAMED: Final = No(A, Code.SERVER_ERROR, "garbage")
WAITING: Final = Listed(BETA, Memory.CONNECTING)
OPEN: Final = Listed(ALPHA, Memory.OPEN, NUMBER)

Expected = Ok[Any] | No
"""The table holds answers of every type side by side."""

TABLE: Final[dict[str, dict[str, Expected]]] = {
    "health.json": {
        "health, 0 sessions": Ok(ServerInfo(None)),
        "health, sessions in different states": Ok(ServerInfo(None)),
        "health, exactly 2 sessions (1 connected, 1 qr_scanning)": Ok(ServerInfo(None)),
        "health/detailed, 0 sessions": Ok(None),
        "health/detailed, sessions in different states": Ok(None),
        "health/detailed, exactly 2 sessions (1 connected, 1 qr_scanning)": Ok(None),
        "health/live (always 503: measureEventLoopDelay() is not awaited)": No(T, Code.SERVER_UNREACHABLE, "proxy_5xx"),
        "info": Ok(ServerInfo("1.0.0")),
        "root": Ok(ServerInfo("1.0.0")),
        "unknown path": NO_ROUTE,
        "api/health/detailed (path Laravel's WhatsAppServiceClient::getHealthDetails uses)": NO_ROUTE,
        "list of exactly 2 sessions": Ok(
            (
                Listed("webjs_1_1732000011_two00001", Memory.OPEN, NUMBER),
                Listed("webjs_1_1732000012_two00002", Memory.CONNECTING),
            )
        ),
    },
    "sessions.json": {
        "list sessions, empty": Ok(()),
        "list sessions, no api_key": REJECTED,
        "list sessions, key in X-API-Key header (not honoured)": REJECTED,
        "list sessions, key in Authorization header (not honoured)": REJECTED,
        "create session A, ok": HERE,
        "status of A right after create": Ok(Listed(ALPHA, Memory.CONNECTING)),
        "create, wrong api_key": REJECTED,
        "create, no body": REJECTED,
        "create, malformed JSON": No(P, Code.SERVER_ERROR, "refused"),
        "create, invalid session_id characters": No(P, Code.INSTANCE_NAME_INVALID),
        "create, missing workspace_id": Ok(Created("webjs_nows", own_token=False)),
        "create, missing session_id": UNNAMED,
        "create, session_id as number": UNNAMED,
        "status of the numeric session": Ok(None),
        "list with the odd sessions": Ok((Listed(ALPHA, Memory.CONNECTING), Listed("webjs_nows", Memory.CONNECTING))),
        "delete 'undefined'": ABSENT,
        "delete webjs_nows": DONE,
        "create A again (duplicate), stub profile lock OFF": HERE,
        "create A again (duplicate), stub profile lock ON (model of Chromium's SingletonLock)": NO_BROWSER,
        "status of A after the failed duplicate": Ok(None),
        "create A again": HERE,
        "create, browser cannot start": NO_BROWSER,
        "create B, ok": Ok(Created(BETA, own_token=False)),
        "status of unknown": Ok(None),
        "status, wrong key": REJECTED,
        "metadata of unknown": ABSENT,
        "status of A just after 'authenticated'": Ok(Listed(ALPHA, Memory.CONNECTING)),
        "status of A connected": Ok(OPEN),
        # The code in it is the one that was used.
        "metadata of A connected": DONE,
        "list, A connected and B qr_scanning": Ok((OPEN, WAITING)),
        "reconnect of B (not paired)": DONE,
        "reconnect of A (paired): says qr_scanning, comes back without qr": DONE,
        "status of A right after reconnect": Ok(Listed(ALPHA, Memory.CONNECTING)),
        "reconnect of unknown: creates it": DONE,
        "reconnect, wrong key": REJECTED,
        "delete, wrong key": REJECTED,
        "delete, key in query only": REJECTED,
        "delete A, ok": DONE,
        "status of A after delete": Ok(None),
        "delete unknown: 200": ABSENT,
        "create A after delete (same id): back without qr": HERE,
        "status of A": Ok(OPEN),
    },
    "messages.json": {
        "send, connected": Ok(Sent("true_628123456789@c.us_3EB035425955F7B16F6D")),
        "send, not connected (qr_scanning)": No(P, Code.NOT_CONNECTED),
        "send, unknown session": ABSENT,
        "send, bad phone (letters)": BAD_PHONE,
        "send, phone with +": BAD_PHONE,
        "send, phone with dashes": BAD_PHONE,
        "send, phone as number": BAD_FORM,
        "send, 3-digit phone": Ok(Sent("true_123@c.us_3EB0AA69BAD3FCBE306E")),
        "send, bad key": REJECTED,
        "send, missing message": BAD_FORM,
        "send, empty message": BAD_FORM,
        "send, message number": BAD_FORM,
        "send, message object with type text": Ok(Sent("true_628123456789@c.us_3EB043BD79DE6193FA60")),
        "send, unknown type": UNNAMED,
        "send, type media, no mediaUrl": UNNAMED,
        "send, library throws": No(A, Code.SERVER_ERROR, "fault"),
    },
}
# Their pictures are cut in the recording, so they have a test of their own.
QR_ANSWERS: Final = frozenset({"metadata of A (holds the qr data URL)"})
NEVER_ASKED: Final = (
    "/health/ready",
    "/health/metrics",
    "/regenerate-qr",
    "/restore",
    "/qr",
    "/send-media",
    "/send-template",
    "/bulk-send",
    "/validate",
    "/api/internal",
    "/status?message_id",
)


def parse(reply: Reply, exchange: Exchange) -> Result[Any]:  # noqa: C901 - one line for each route
    """Read the answer as the client does who asked for it."""
    method, path = exchange.request.method, exchange.request.path.partition("?")[0]
    match (method, path.strip("/").split("/")):
        case ("GET", ["health", "detailed"] | ["api", "health", "detailed"]):
            return answers.health_list(reply)
        case ("GET", ["api", "sessions"]):
            return answers.sessions(reply)
        case ("GET", ["api", "sessions", _, "status"]):
            return answers.status(reply)
        case ("GET", ["api", "sessions", _, "metadata"]):
            return answers.offer(reply)
        case ("GET", ["info" | ""]):
            return answers.version(reply)
        case ("GET", _):
            return answers.health(reply)
        case ("POST", ["api", "sessions"]):
            return answers.created(reply)
        case ("POST", ["api", "sessions", _, "reconnect"]):
            return answers.reconnected(reply)
        case ("POST", ["api", "messages", "send"]):
            return answers.sent(reply)
        case ("DELETE", _):
            return answers.deleted(reply)
    raise AssertionError(f"nobody asks {method} {path}")


def reply_of(exchange: Exchange, **changed: Any) -> Reply:
    body = exchange.response.body
    body = {**body, **changed} if isinstance(body, dict) else body
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return read(exchange.response.status, content, exchange.response.headers, (LAB_KEY,))


def asked() -> list[Exchange]:
    found = recordings.exchanges("webjs", *TABLE)
    unasked = (*NEVER_ASKED, "PUT")
    return [e for e in found if not any(part in f"{e.request.method} {e.request.path}" for part in unasked)]


def as_expected(result: Result[Any]) -> Expected:
    return No(result.kind, result.code, result.cause) if isinstance(result, Failed) else result


@pytest.mark.parametrize("exchange", asked(), ids=lambda e: e.id)
def test_every_recorded_answer_is_the_result_the_table_says(exchange: Exchange) -> None:
    if exchange.name in QR_ANSWERS:
        return
    assert as_expected(parse(reply_of(exchange), exchange)) == TABLE[exchange.file][exchange.name]


def test_the_table_names_nothing_that_was_not_recorded() -> None:
    recorded = {(e.file, e.name) for e in asked()}
    assert {(file, name) for file, rows in TABLE.items() for name in rows} == {
        r for r in recorded if r[1] not in QR_ANSWERS
    }


def test_metadata_of_a_session_that_waits_holds_the_code() -> None:
    exchange = next(e for e in asked() if e.name in QR_ANSWERS)
    assert isinstance(exchange.response.body, dict)
    metadata: Any = exchange.response.body["metadata"]
    picture = metadata["qrCode"].partition("...")[0] + "A" * 4000
    result = answers.offer(reply_of(exchange, metadata={**metadata, "qrCode": picture}))
    assert isinstance(result, Ok)
    assert result.value is not None
    assert (result.value.image, result.value.count) == (picture, 1)


def test_the_older_health_report_lists_the_sessions() -> None:
    named = {"sessions": {"total": 2, "details": [{"session_id": ALPHA}, {"session_id": BETA, "status": "connected"}]}}
    result = answers.health_list(read(200, json.dumps(named).encode(), {}))
    assert result == Ok((Listed(ALPHA, Memory.UNKNOWN), Listed(BETA, Memory.OPEN)))


@pytest.mark.parametrize(
    ("word", "memory"),
    [
        ("connected", Memory.OPEN),
        ("qr_scanning", Memory.CONNECTING),
        ("authenticated", Memory.CONNECTING),
        ("disconnected", Memory.CLOSE),
        ("failed", Memory.CLOSE),
        ("strange", Memory.UNKNOWN),
        (None, Memory.UNKNOWN),
    ],
)
def test_each_status_word_is_a_state_of_the_memory(word: str | None, memory: Memory) -> None:
    body = {"session_id": ALPHA, "status": word}
    assert answers.status(read(200, json.dumps(body).encode(), {})) == Ok(Listed(ALPHA, memory))


def test_no_failure_tells_the_key_a_path_or_a_number() -> None:
    for exchange in asked():
        for effect in (READ, ACTION):
            if failed := failure(reply_of(exchange), effect):
                assert LAB_KEY not in repr(failed)
                assert "node_modules/" not in failed.evidence
                assert len(failed.evidence) <= LENGTH


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"<html>", b'{"success": false}', b'{"error": "x"}'])
def test_an_answer_that_is_none_decides_nothing(body: bytes) -> None:
    for parser, kind in ((answers.sessions, T), (answers.status, T), (answers.deleted, A), (answers.sent, A)):
        result: Result[Any] = parser(read(200, body, {}))
        assert isinstance(result, Failed)
        assert result.kind is kind

"""Every recorded answer of a real server means what the table says, and the table has no row that never happens."""

import json
import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from sambung.gateways.ask import READ
from sambung.gateways.evolution import answers
from sambung.gateways.evolution.refusals import failure, garbage
from sambung.gateways.reply import Reply, read
from sambung.gateways.shape import ConnectAnswer, Failed, Memory, Ok
from tests.contract import recordings
from tests.contract.recordings import Exchange

FOLDERS: Final = ("evolution-1.6.0", "evolution-1.8.2", "evolution-2.3.6")


class Row(NamedTuple):
    """`says` is looked for in the answer as recorded; the first row that fits is the meaning."""

    call: str
    status: int
    says: str
    meaning: str


TABLE: Final = (
    Row("info", 200, r'"version"', "ok"),
    # A key that is refused, an instance that is not there, a route that is not there.
    Row("*", 401, "Unauthorized", "permanent server_key_rejected"),
    Row("memory", 404, "does not exist", "ok None"),
    Row("instance", 404, "not found", "ok None"),
    Row("instances", 404, "not found", "permanent instance_not_found_on_server"),
    Row("*", 404, "instance does not exist", "permanent instance_not_found_on_server"),
    Row("*", 404, '"Cannot (GET|POST|PUT) /', "permanent server_error route_missing"),
    Row("other", 301, "Redirecting", "permanent server_unreachable redirect"),
    # Lists.
    Row("instances", 200, r"^\[", "ok"),
    Row("instance", 200, r'^(\[\{|\{"instance")', "ok Listed"),
    # Memory.
    Row("memory", 200, r'"state": "open"', "ok open"),
    Row("memory", 200, r'"state": "connecting"', "ok connecting"),
    Row("memory", 200, r'"state": "close"', "ok close"),
    Row("memory", 200, r'^\{"instance": \{"instanceName": "[^"]*"\}\}$', "ok unknown"),
    # Create: an untold 400 or 500 may have left the instance behind.
    Row("create", 201, r'"instance"', "ok"),
    Row("create", 403, "already in use", "permanent instance_exists"),
    Row("create", 400, "Token already exists", "permanent conflict token_in_use"),
    Row("create", 400, r'\[\["events\[', "permanent invalid_request unknown_event"),
    Row("create", 400, r"\[\[", "permanent invalid_request schema"),
    Row("create", 400, "Invalid integration|Invalid proxy", "permanent server_error refused"),
    Row("create", 400, r'Invalid \\"url\\"|Authentication error|token is required', "ambiguous server_error refused"),
    Row("create", 400, "Unexpected end of JSON|reading 'length'|Session", "ambiguous server_error refused"),
    Row("create", 500, "TypeError|Prisma", "ambiguous server_error fault"),
    # Connect.
    Row("connect", 200, r'"code": "2@', "ok qr"),
    Row("connect", 200, r'^\{"count": 0\}$', "ok no qr"),
    Row("connect", 200, r'"state": "open"', "ok open"),
    # Restart: of a closed instance, 2.x says 200 and error.
    Row("restart", 200, r'^\{"error": true', "ambiguous server_error error_in_200"),
    Row("restart", 200, r'"state"|"code"', "ok None"),
    # Logout and delete.
    Row("logout", 200, "SUCCESS", "ok None"),
    Row("logout", 400, "is not connected", "ok None"),
    Row("logout", 500, "Connection Closed", "ambiguous server_error fault"),
    Row("delete", 200, "SUCCESS", "ok None"),
    Row("delete", 400, "needs to be disconnected", "permanent conflict still_connected"),
    # Webhooks.
    Row("set_webhook", 201, "", "ok None"),
    Row("set_webhook", 400, r'requires property \\"(url|enabled|webhook)', "permanent invalid_request wrong_form"),
    Row("set_webhook", 400, "is not one of enum values", "permanent invalid_request unknown_event"),
    Row("set_webhook", 400, r"\[\[", "permanent invalid_request schema"),
    Row("set_webhook", 400, r'Invalid \\"url\\" property', "permanent server_error refused"),
    Row("set_webhook", 500, "reading 'length'|Prisma|prisma", "ambiguous server_error fault"),
    Row("webhook", 200, r"^(\{\}|null)$", "ok None"),
    Row("webhook", 200, r'"events"', "ok WebhookSetting"),
    # Send: only what is raised before anything leaves counts as not sent.
    Row("send_text", 201, r'"id": "3EB0', "ok"),
    Row("send_text", 400, r'"exists": false', "permanent number_not_on_whatsapp"),
    Row("send_text", 400, r'requires property \\"text(Message)?\\"', "permanent invalid_request wrong_form"),
    Row("send_text", 400, r"\[\[", "permanent invalid_request schema"),
    Row("send_text", 400, "Text is required", "permanent server_error refused"),
    Row("send_text", 400, "rate-overlimit", "transient send_rate_limited"),
    Row("send_text", 500, "reading '(onWhatsApp|find)'", "permanent not_connected"),
    Row("send_text", 500, "Connection Closed", "ambiguous not_connected"),
    # What we never ask for is still told apart from a failure.
    Row("other", 200, "", "ok"),
    Row("other", 201, "", "ok"),
    Row("other", 400, r"\[\[", "permanent invalid_request"),
    Row("other", 400, "", "permanent server_error refused"),
    Row("other", 500, "ECONNREFUSED", "transient server_error fault"),
)
CALLS: Final = {
    "/instance/connectionState": "memory",
    "/instance/create": "create",
    "/instance/connect": "connect",
    "/instance/restart": "restart",
    "/instance/logout": "logout",
    "/instance/delete": "delete",
    "/webhook/set": "set_webhook",
    "/webhook/find": "webhook",
    "/message/sendText": "send_text",
}


def call_of(exchange: Exchange) -> str:
    url = urlsplit(exchange.request.path)
    if url.path == "/":
        return "info"
    if url.path.startswith("/instance/fetchInstances"):
        return "instance" if parse_qs(url.query).get("instanceName") else "instances"
    return CALLS.get("/".join(url.path.split("/")[:3]), "other")


def reply_of(exchange: Exchange) -> Reply:
    body = exchange.response.body
    is_json = "json" in exchange.response.headers.get("content-type", "json")
    content = body if isinstance(body, str) and not is_json else json.dumps(body)
    return read(exchange.response.status, content.encode(), {})


def understood(exchange: Exchange) -> str:
    """What our adapter makes of it, in the words of the table."""
    body, query = exchange.request.body, parse_qs(urlsplit(exchange.request.path).query)
    token = body.get("token") if isinstance(body, dict) else None
    name = query.get("instanceName", [""])[0]
    parsers: dict[str, Callable[[Reply], Ok[object] | Failed]] = {
        "info": answers.info,
        "instances": answers.instances,
        "instance": lambda reply: answers.instance(reply, name),
        "memory": answers.memory,
        "create": lambda reply: answers.created(reply, str(token)),
        "connect": answers.connected,
        "restart": answers.restarted,
        "logout": answers.logged_out,
        "delete": answers.deleted,
        "set_webhook": answers.webhook_set,
        "webhook": lambda reply: answers.webhook(reply, ()),
        "send_text": answers.sent,
        "other": lambda reply: failure(reply, READ) or Ok("other"),
    }
    return words(parsers[call_of(exchange)](reply_of(exchange)))


def words(result: Ok[object] | Failed) -> str:
    if isinstance(result, Failed):
        return " ".join(filter(None, (result.kind, result.code, result.cause)))
    value = result.value
    if isinstance(value, ConnectAnswer):
        return "ok open" if value.open else "ok qr" if value.qr else "ok no qr"
    if value is None or isinstance(value, Memory):
        return f"ok {value}"
    return f"ok {type(value).__name__}"


def row_for(exchange: Exchange) -> Row:
    body = exchange.response.body
    said = body if isinstance(body, str) else json.dumps(body)
    fitting = (
        row
        for row in TABLE
        if row.call in {"*", call_of(exchange)}
        and row.status == exchange.response.status
        and re.search(row.says, said, re.DOTALL)
    )
    found = next(fitting, None)
    assert found, f"no row for {call_of(exchange)} {exchange.response.status} {said[:300]}"
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_recorded_answer_means_what_the_table_says(folder: str) -> None:
    wrong = [
        f"{exchange.id}: {understood(exchange)}, should be {row_for(exchange).meaning}"
        for exchange in recordings.exchanges(folder)
        if not understood(exchange).startswith(row_for(exchange).meaning)
    ]
    assert wrong == []


def test_every_row_of_the_table_was_recorded() -> None:
    used = {row_for(exchange) for folder in FOLDERS for exchange in recordings.exchanges(folder)}
    assert [row for row in TABLE if row not in used] == []


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize(
    "odd", [7, {"profileName": "\ud800"}, {"instance": "toko"}], ids=["number", "surrogate", "text"]
)
def test_an_odd_row_changes_nothing_of_the_others(folder: str, odd: object) -> None:
    for exchange in recordings.exchanges(folder):
        body = exchange.response.body
        if isinstance(body, list) and call_of(exchange) == "instances":
            with_odd = read(200, json.dumps([odd, *body]).encode(), {})
            alone = answers.instances(read(200, json.dumps(body).encode(), {}))
            assert isinstance(alone, Ok)
            assert answers.instances(with_odd) == (alone if alone.value else garbage(with_odd, READ))


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_secret_and_no_number_survives_in_any_evidence(folder: str) -> None:
    for exchange in recordings.exchanges(folder):
        said = reply_of(exchange).evidence
        hits = [secret for secret in secrets_in(exchange.response.body) if secret in said]
        assert not hits, f"{exchange.id}: {said}"
        assert not UNWANTED.search(said), f"{exchange.id}: {said}"


# Keys, pictures, QR codes, numbers, addresses.
UNWANTED: Final = re.compile(r"lab-key|[0-9A-F]{8}-[0-9A-F]{4}|;base64|2@lab|\d{9,}|https?://|Bearer \S", re.IGNORECASE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_secret_survives_in_any_parsed_answer(folder: str) -> None:
    """A webhook's own address is the one thing that may hold a token: it must be compared with ours."""
    for exchange in recordings.exchanges(folder):
        for secret in secrets_in(exchange.response.body):
            assert secret not in parsed_text(exchange), f"{exchange.id}: {secret}"


def secrets_in(body: object) -> set[str]:
    """The values of every secret field, wherever it is."""
    if isinstance(body, list):
        return set().union(*map(secrets_in, body)) if body else set()
    if not isinstance(body, dict):
        return set()
    here = {
        v for k, v in body.items() if k.lower() in {"apikey", "token", "hash", "authorization"} and isinstance(v, str)
    }
    return here.union(*map(secrets_in, body.values())) - {""}


def parsed_text(exchange: Exchange) -> str:
    """Everything the parsed value holds, also what its repr hides."""
    call = call_of(exchange)
    reply = reply_of(exchange)
    parsed: object = {
        "instances": lambda: answers.instances(reply),
        "instance": lambda: answers.instances(reply),
        "create": lambda: answers.created(reply, "?"),
        "connect": lambda: answers.connected(reply),
        "set_webhook": lambda: answers.webhook_set(reply),
        "webhook": lambda: answers.webhook(reply, ()),
        "send_text": lambda: answers.sent(reply),
    }.get(call, lambda: None)()
    value = parsed.value if isinstance(parsed, Ok) else parsed
    return f"{parsed!r} {getattr(value, 'url', '')}"

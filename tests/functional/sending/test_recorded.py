"""Every recorded answer to a message has one meaning: sent, refused with its reason, or perhaps sent."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import pytest

from manage_instance.handler import build
from sambung.edge.api import serve
from sambung.edge.wiring import Parts
from sambung.gateways import open_gateway
from sambung.gateways.http import GatewayHttp
from sambung.store.connection import Connection
from tests import rows
from tests.calling import Api
from tests.contract import recordings
from tests.functional.sending.conftest import Fleet

Answer: TypeAlias = tuple[int, object]
EVOLUTION, WEBJS = ("evolution-2.3.6", "09_sendText.json"), ("webjs", "messages.json")
CLOSED: Answer = (200, {"instance": {"state": "close"}})
UNKNOWN: Answer = (404, {"response": {"message": ['The "toko-1" instance does not exist']}})
WAITS: Answer = (200, {"session_id": "toko-1", "status": "qr_scanning"})
NO_SESSION: Answer = (404, {"error": "Session not found"})


@dataclass(frozen=True)
class Row:
    """A recorded answer and what it means; `state`: what the server says when it is asked where the session is."""

    source: tuple[str, str]
    name: str
    http: int
    code: str | None
    state: Answer | None = None
    perhaps: bool = False


TABLE = (
    Row(EVOLUTION, "v2 body", 201, None),
    Row(EVOLUTION, "unknown instance", 404, "session_not_found_anywhere", UNKNOWN),
    Row(EVOLUTION, "never connected (state close, client never built)", 409, "not_connected", CLOSED),
    Row(EVOLUTION, "send while reconnecting (registered, offline)", 409, "not_connected", CLOSED),
    Row(EVOLUTION, "send after logout", 409, "not_connected", perhaps=True),
    Row(EVOLUTION, "v1 body textMessage", 422, "invalid_request"),
    Row(EVOLUTION, "number as JSON number", 422, "invalid_request"),
    Row(EVOLUTION, "number not on WhatsApp", 422, "number_not_on_whatsapp"),
    Row(EVOLUTION, "empty text", 502, "server_error"),
    Row(EVOLUTION, "WhatsApp refuses the send", 429, "send_rate_limited"),
    Row(WEBJS, "send, connected", 201, None),
    Row(WEBJS, "send, not connected (qr_scanning)", 409, "not_connected", WAITS),
    Row(WEBJS, "send, unknown session", 404, "session_not_found_anywhere", NO_SESSION),
    Row(WEBJS, "send, bad phone (letters)", 422, "invalid_request"),
    Row(WEBJS, "send, phone with +", 422, "invalid_request"),
    Row(WEBJS, "send, bad key", 502, "server_key_rejected"),
    Row(WEBJS, "send, unknown type", 502, "server_error", perhaps=True),
    Row(WEBJS, "send, library throws", 502, "server_error", perhaps=True),
)


@pytest.fixture
def script(fleet: Fleet) -> Iterator[Callable[[Row], tuple[Api, list[str]]]]:
    """An API whose one server answers a message as recorded; and what that server was asked."""
    opened: list[GatewayHttp] = []

    def made(row: Row) -> tuple[Api, list[str]]:
        recorded = next(one for one in recordings.exchanges(*row.source) if one.name == row.name).response
        asked: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.method)
            status, body = (recorded.status, recorded.body) if request.method == "POST" else row.state or (599, "")
            return httpx.Response(status, text=body if isinstance(body, str) else json.dumps(body))

        http = GatewayHttp(local=True, transport=httpx.MockTransport(answer))
        opened.append(http)
        parts: Parts = fleet.parts
        parts.gateway_for = lambda server, patience=None: open_gateway(
            server.kind, server.base_url, "k", version="2.3.6", webhook_shape=None, http=http, patience=patience
        )
        app = build(parts)
        return Api(lambda event, context: serve(app, event, context)), asked

    yield made
    for http in opened:
        fleet.parts.run(http.aclose())


@pytest.mark.skipif(not recordings.ROOT.is_dir(), reason="needs the recordings")
def test_every_recorded_answer_to_a_message_has_one_meaning(
    fleet: Fleet, plain: Connection, script: Callable[[Row], tuple[Api, list[str]]]
) -> None:
    server_id = rows.server(plain, "evo-1")
    for at, row in enumerate(TABLE):
        kind = row.source[0].partition("-")[0]
        plain.execute("UPDATE servers SET kind = %s, breaker_failures = 0", [kind])
        number = fleet.number(f"toko-{at}", server_id)
        fleet.proven(number)
        api, asked = script(row)
        reply = api.post(f"/api/instances/{number.id}/messages", {"to": "081234567890", "text": "halo"})
        assert (reply.status, reply.json.get("code")) == (row.http, row.code), (row.name, reply.text)
        told = "may have been sent" in reply.json.get("title", "")
        state = "succeeded" if row.code is None else "needs_operator" if row.perhaps else "failed"
        assert (told, fleet.operations(number)) == (row.perhaps, [(state, row.code)]), row.name
        # A body of the wrong form is known not to have been sent, so the other form may follow.
        assert asked.count("POST") == (2 if row.name == "v1 body textMessage" else 1), row.name

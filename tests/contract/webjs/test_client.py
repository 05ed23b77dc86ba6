"""The client asks a node what it takes, shows its key to nobody else, and understands a node that dies meanwhile."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from urllib.parse import parse_qs

import httpx
import pytest

from sambung.domain.errors import Code
from sambung.gateways import open_gateway
from sambung.gateways.http import GatewayHttp, Patience, Spoken
from sambung.gateways.shape import (
    ConnectAnswer,
    Created,
    Failed,
    Gateway,
    Kind,
    Listed,
    Memory,
    Ok,
    Result,
    Sent,
    ServerInfo,
    WebhookTarget,
)
from sambung.gateways.webjs.client import NOT_OFFERED
from tests.contract import recordings

T = TypeVar("T")

ORIGIN: Final = "https://node.example.com"
KEY: Final = "canary key/+&%"
NAME: Final = "webjs_7_1732000001_aaaaaa01"
PICTURE: Final = "data:image/png;base64,iVBORw0KGgo="
QUICK: Final = Patience(connect_s=0.2, read_s=0.3, action_s=0.3, repeats=0)
UNKNOWN: Final = {"error": "Session not found"}
TARGET: Final = WebhookTarget("https://sambung.example/api/whatsapp/webhooks/webjs")

Given = httpx.Response | Exception


def status(word: str) -> httpx.Response:
    return httpx.Response(200, json={"session_id": NAME, "status": word, "phone_number": None, "workspace_id": 7})


def metadata(word: str, picture: str | None = PICTURE) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "metadata": {"status": word, "qrCode": picture, "qrCount": 2}})


class Node:
    """Answers each route by what it was given for it, and keeps what it was asked."""

    def __init__(self, routes: dict[str, Given]) -> None:
        self._routes = routes
        self.asked: list[httpx.Request] = []
        self.spoken: list[Spoken] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        missing = httpx.Response(404, json={"error": "Endpoint not found"})
        given = self._routes.get(f"{request.method} {request.url.path}", missing)
        if isinstance(given, Exception):
            raise given
        return given

    @property
    def lines(self) -> list[str]:
        return [f"{r.method} {r.url.path}" for r in self.asked]

    def body(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.asked[-1].content)
        return found


def ask(node: Node, call: Callable[[Gateway], Awaitable[Result[T]]]) -> Result[T]:
    async def run() -> Result[T]:
        transport = httpx.MockTransport(node)
        async with GatewayHttp(local=False, transport=transport, observe=node.spoken.append) as http:
            gateway = open_gateway("webjs", ORIGIN, KEY, version=None, webhook_shape=None, http=http, patience=QUICK)
            return await call(gateway)

    return asyncio.run(run())


def session(route: str = "") -> str:
    return f"/api/sessions/{NAME}{route}"


def failed(result: Result[T]) -> Failed:
    assert isinstance(result, Failed)
    return result


CALLS: Final[dict[str, Callable[[Gateway], Awaitable[Result[object]]]]] = {
    "instances": lambda g: g.instances(),
    "instance": lambda g: g.instance(NAME),
    "memory": lambda g: g.memory(NAME),
    "create": lambda g: g.create(NAME, "canary-token"),
    "connect": lambda g: g.connect(NAME),
    "delete": lambda g: g.delete(NAME),
    "send_text": lambda g: g.send_text(NAME, "628123456789", "canary-text"),
}


def everything() -> Node:
    """A node that holds one session without a connection and takes what it is asked."""
    taken = httpx.Response(200, json={"success": True, "session_id": NAME, "status": "qr_scanning"})
    return Node(
        {
            "GET /api/sessions": httpx.Response(200, json={"sessions": []}),
            f"GET {session('/status')}": status("disconnected"),
            f"GET {session('/metadata')}": metadata("qr_scanning"),
            f"POST {session('/reconnect')}": taken,
            f"DELETE {session()}": taken,
            "POST /api/messages/send": httpx.Response(200, json={"success": True, "message_id": "m1"}),
        }
    )


@pytest.mark.parametrize("name", CALLS)
def test_the_key_travels_in_the_query_of_a_get_and_in_the_body_of_the_rest(name: str) -> None:
    node = everything()
    ask(node, CALLS[name])
    assert node.asked
    for request in node.asked:
        query = parse_qs(request.url.query.decode())
        assert "apikey" not in request.headers
        assert KEY not in str(request.headers)
        if request.method == "GET":
            assert query == {"api_key": [KEY]}
        else:
            assert not query
            assert json.loads(request.content)["api_key"] == KEY


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("debug", [logging.DEBUG, logging.INFO])
def test_neither_key_nor_text_is_logged_nor_told(name: str, debug: int, caplog: pytest.LogCaptureFixture) -> None:
    url = httpx.Request("GET", ORIGIN, params={"api_key": KEY}).url
    for answer in (
        httpx.Response(500, text=f"cannot GET {url}"),
        httpx.Response(500, json={"error": f"no key {KEY} and no {url.query.decode()}"}),
        httpx.ConnectError(f"cannot reach {url}"),
        httpx.RemoteProtocolError(f"{url} {KEY}"),
    ):
        node = Node(
            dict.fromkeys(
                (
                    "GET /api/sessions",
                    "POST /api/messages/send",
                    f"GET {session('/status')}",
                    f"DELETE {session()}",
                ),
                answer,
            )
        )
        with caplog.at_level(debug):
            told = repr(ask(node, CALLS[name])) + repr(node.spoken)
        for secret in (KEY, "canary", "%2F%2B%26"):
            assert secret not in told
            assert secret not in caplog.text


def test_bodies_are_those_a_node_takes() -> None:
    node = everything()
    ask(node, CALLS["send_text"])
    assert node.body() == {
        "workspace_id": 7,
        "session_id": NAME,
        "recipient_phone": "628123456789",
        "message": "canary-text",
        "type": "text",
        "api_key": KEY,
    }
    ask(node, CALLS["delete"])
    assert node.body() == {"workspace_id": 7, "api_key": KEY}


@pytest.mark.parametrize(
    ("name", "workspace"),
    [(NAME, 7), ("webjs_1_x", 1), ("toko", 1), ("webjs_0_x", 1), ("webjs_7_", 1), ("webjs__x", 1)],
)
def test_a_new_session_is_filed_under_the_workspace_its_name_says(name: str, workspace: int) -> None:
    node = Node(
        {
            f"GET /api/sessions/{name}/status": httpx.Response(404, json=UNKNOWN),
            "POST /api/sessions": httpx.Response(200, json={"success": True, "session_id": name}),
        }
    )
    assert ask(node, lambda g: g.create(name, "token")) == Ok(Created(name, own_token=False))
    assert node.body() == {"session_id": name, "workspace_id": workspace, "account_id": workspace, "api_key": KEY}


def test_a_session_that_exists_is_never_created_again() -> None:
    """The second create would overwrite or end the running one."""
    node = Node({f"GET {session('/status')}": status("connected")})
    assert failed(ask(node, CALLS["create"])).code is Code.INSTANCE_EXISTS
    assert node.lines == [f"GET {session('/status')}"]


def test_connect_never_creates_an_unknown_session() -> None:
    node = Node({f"GET {session('/status')}": httpx.Response(404, json=UNKNOWN)})
    assert failed(ask(node, CALLS["connect"])).code is Code.INSTANCE_NOT_FOUND_ON_SERVER
    assert node.lines == [f"GET {session('/status')}"]


def test_connect_leaves_an_open_session_alone() -> None:
    node = Node({f"GET {session('/status')}": status("connected")})
    assert ask(node, CALLS["connect"]) == Ok(ConnectAnswer(None, open=True))
    assert node.lines == [f"GET {session('/status')}"]


def test_connect_shows_the_code_of_a_session_that_waits_without_disturbing_it() -> None:
    node = Node(
        {f"GET {session('/status')}": status("qr_scanning"), f"GET {session('/metadata')}": metadata("qr_scanning")}
    )
    answer = ask(node, CALLS["connect"])
    assert isinstance(answer, Ok)
    assert answer.value.qr is not None  # type: ignore[attr-defined]
    assert node.lines == [f"GET {session('/status')}", f"GET {session('/metadata')}"]


@pytest.mark.parametrize("word", ["disconnected", "failed"])
def test_connect_dials_again_where_a_session_is_down(word: str) -> None:
    node = everything()
    node._routes[f"GET {session('/status')}"] = status(word)
    ask(node, CALLS["connect"])
    assert node.lines == [f"GET {session('/status')}", f"POST {session('/reconnect')}", f"GET {session('/metadata')}"]


@pytest.mark.parametrize("shown", [metadata("authenticated"), metadata("qr_scanning", None), httpx.ReadError("gone")])
def test_connect_without_a_code_yet_asks_to_come_again(shown: Given) -> None:
    node = Node({f"GET {session('/status')}": status("qr_scanning"), f"GET {session('/metadata')}": shown})
    assert ask(node, CALLS["connect"]) == Ok(ConnectAnswer(None))


@pytest.mark.parametrize(
    "call",
    [
        lambda g: g.restart(NAME),
        lambda g: g.logout(NAME),
        lambda g: g.set_webhook(NAME, TARGET),
        lambda g: g.webhook(NAME),
    ],
)
def test_what_the_kind_does_not_offer_is_a_failure_that_says_so(
    call: Callable[[Gateway], Awaitable[Result[object]]],
) -> None:
    node = Node({})
    refused = failed(ask(node, call))
    assert (refused.kind, refused.code, refused.cause) == (Kind.PERMANENT, Code.INVALID_REQUEST, NOT_OFFERED)
    assert node.asked == []


@pytest.mark.parametrize("name", ["", "bad id", "a/b", "..", "é", "a" * 256, "a?b", "a\n"])
def test_a_name_no_node_can_hold_is_never_asked_for(name: str) -> None:
    for call in (Gateway.memory, Gateway.connect, Gateway.delete):
        node = Node({})
        method = call.__name__
        refused = failed(ask(node, lambda g, m=method: getattr(g, m)(name)))  # type: ignore[misc]
        assert refused.code is Code.INSTANCE_NAME_INVALID
        assert node.asked == []


@pytest.mark.parametrize("to", ["+628123456789", "0812-3456", "", "٦٢٨", "x"])
def test_only_digits_are_sent_to(to: str) -> None:
    node = Node({})
    assert failed(ask(node, lambda g: g.send_text(NAME, to, "halo"))).cause == "phone"
    assert node.asked == []


def test_a_message_without_an_id_may_or_may_not_have_left() -> None:
    node = Node({"POST /api/messages/send": httpx.Response(200, json={"success": True})})
    assert failed(ask(node, CALLS["send_text"])).kind is Kind.AMBIGUOUS


def test_a_sent_message_is_told_by_its_id() -> None:
    assert ask(everything(), CALLS["send_text"]) == Ok(Sent("m1"))


LISTED: Final = httpx.Response(200, json={"sessions": {"details": [{"session_id": NAME}]}})
COUNTED: Final = httpx.Response(200, json={"sessions": {"details": {"by_status": {}}}})


@pytest.mark.parametrize("answer", [httpx.Response(404, text="<html>"), httpx.Response(501), httpx.Response(500)])
def test_a_node_without_the_list_is_read_by_its_health_report(answer: httpx.Response) -> None:
    node = Node({"GET /api/sessions": answer, "GET /health/detailed": LISTED})
    assert ask(node, CALLS["instances"]) == Ok((Listed(NAME, Memory.UNKNOWN),))


def test_a_report_that_only_counts_leaves_the_lists_own_failure() -> None:
    node = Node({"GET /api/sessions": httpx.Response(500, json={"error": "x"}), "GET /health/detailed": COUNTED})
    assert failed(ask(node, CALLS["instances"])).code is Code.SERVER_ERROR


def test_a_rejected_key_is_not_excused_by_a_report_that_needs_none() -> None:
    refused = httpx.Response(401, json={"error": "Invalid API key"})
    node = Node({"GET /api/sessions": refused, "GET /health/detailed": LISTED})
    assert failed(ask(node, CALLS["instances"])).code is Code.SERVER_KEY_REJECTED
    assert node.lines == ["GET /api/sessions"]


def recorded(name: str) -> httpx.Response:
    found = next(e for e in recordings.exchanges("webjs", "health.json") if e.name == name)
    return httpx.Response(found.response.status, json=found.response.body)


@pytest.mark.parametrize(
    ("info", "version"), [(recorded("info"), "1.0.0"), (recorded("unknown path"), None), (httpx.ReadError("x"), None)]
)
def test_a_node_is_alive_by_its_health_and_tells_its_version_if_it_can(info: Given, version: str | None) -> None:
    node = Node({"GET /health": recorded("health, 0 sessions"), "GET /info": info})
    assert ask(node, lambda g: g.info()) == Ok(ServerInfo(version))


@pytest.mark.parametrize("error", [httpx.RemoteProtocolError("Server disconnected"), httpx.ReadError("reset")])
@pytest.mark.parametrize(
    ("name", "line"), [("send_text", "POST /api/messages/send"), ("delete", f"DELETE {session()}")]
)
def test_a_node_that_dies_under_an_action_leaves_it_undecided(name: str, line: str, error: Exception) -> None:
    node = Node({line: error})
    died = failed(ask(node, CALLS[name]))
    assert (died.kind, died.cause) == (Kind.AMBIGUOUS, "broken_off")
    assert node.lines == [line]


def test_a_node_that_dies_under_a_read_is_only_gone() -> None:
    node = Node({f"GET {session('/status')}": httpx.ReadError("reset")})
    assert failed(ask(node, CALLS["memory"])).kind is Kind.TRANSIENT


def test_a_node_that_hangs_costs_an_action_its_time_once() -> None:
    """Also where an action is made of several calls."""

    class Hanging(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self.asked = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.asked += 1
            if request.method == "GET":
                return status("disconnected")
            await asyncio.Event().wait()
            raise AssertionError

    async def run() -> tuple[Result[ConnectAnswer], float]:
        async with GatewayHttp(local=False, transport=Hanging()) as http:
            gateway = open_gateway("webjs", ORIGIN, KEY, version=None, webhook_shape=None, http=http, patience=QUICK)
            started = asyncio.get_running_loop().time()
            return await gateway.connect(NAME), asyncio.get_running_loop().time() - started

    result, took = asyncio.run(run())
    assert failed(result).kind is Kind.AMBIGUOUS
    assert took < 3 * QUICK.action_s

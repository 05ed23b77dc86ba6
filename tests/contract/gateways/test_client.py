"""The client asks each version what it takes and understands what it answered, with recorded replies."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar
from urllib.parse import unquote

import httpx
import pytest

from sambung.domain.errors import Code
from sambung.gateways import UnknownKindError, open_gateway
from sambung.gateways.http import GatewayHttp, Patience, Spoken
from sambung.gateways.shape import Created, Failed, Gateway, Kind, Memory, Ok, Result, Sent, WebhookShape, WebhookTarget
from tests.contract import recordings

T = TypeVar("T")

ORIGIN: Final = "https://wa.example.com"
KEY: Final = "canary-server-key"
TOKEN: Final = "canary-own-token"
TARGET: Final = WebhookTarget("https://sambung.example/webhooks/s?i=x.1", {"Authorization": "Bearer canary-bearer"})
EVENTS_2_3: Final = ["LOGOUT_INSTANCE", "REMOVE_INSTANCE", "STATUS_INSTANCE"]


def recorded(version: str, file: str, name: str) -> httpx.Response:
    """The answer of one recorded exchange."""
    found = next(e for e in recordings.exchanges(f"evolution-{version}", file) if e.name == name)
    return httpx.Response(found.response.status, json=found.response.body)


def answer(status: int, body: object, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


class Server:
    """Gives the answers one after the other and keeps what it was asked."""

    def __init__(self, answers: Sequence[httpx.Response | Exception]) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.spoken: list[Spoken] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        given = self._answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    @property
    def lines(self) -> list[str]:
        return [f"{r.method} {r.url.raw_path.decode()}" for r in self.asked]

    def body(self, index: int = -1) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.asked[index].content)
        return found


def ask(
    server: Server,
    call: Callable[[Gateway], Awaitable[Result[T]]],
    *,
    version: str | None = "2.3.6",
    shape: WebhookShape | None = None,
    patience: Patience | None = None,
) -> Result[T]:
    """One call of a gateway against the answers."""

    async def run() -> Result[T]:
        async with GatewayHttp(
            local=False, transport=httpx.MockTransport(server), observe=server.spoken.append
        ) as http:
            gateway = open_gateway(
                "evolution", ORIGIN, KEY, version=version, webhook_shape=shape, http=http, patience=patience
            )
            return await call(gateway)

    return asyncio.run(run())


def failed(result: Result[T]) -> Failed:
    assert isinstance(result, Failed)
    return result


@pytest.mark.parametrize(
    ("version", "line"), [("1.8.2", "PUT /instance/restart/k1"), ("2.3.6", "POST /instance/restart/k1")]
)
def test_restart_uses_the_versions_method(version: str, line: str) -> None:
    server = Server([answer(200, {"instance": {"instanceName": "k1", "state": "open"}})])
    assert ask(server, lambda g: g.restart("k1"), version=version) == Ok(None)
    assert server.lines == [line]


def test_restart_of_an_unknown_version_finds_the_method_that_exists() -> None:
    server = Server(
        [
            recorded("1.8.2", "06-restart.json", "POST restart (v2 method)"),
            recorded("1.8.2", "06-restart.json", "PUT restart, open"),
        ]
    )
    assert ask(server, lambda g: g.restart("k1"), version=None) == Ok(None)
    assert server.lines == ["POST /instance/restart/k1", "PUT /instance/restart/k1"]


@pytest.mark.parametrize("version", ["1.6.0", "2.3.6"])
def test_the_union_body_sets_the_webhook_of_both_generations(version: str) -> None:
    taken = (
        recorded("1.6.0", "01-core.json", "webhook/set union body (flat snake + flat camel + nested)")
        if version == "1.6.0"
        else recorded("2.3.6", "08_webhook_set_find.json", "set nested full")
    )
    server = Server([taken])
    done = ask(server, lambda g: g.set_webhook("w1", TARGET), version=version)
    assert isinstance(done, Ok)
    assert done.value.shape is WebhookShape.UNION
    body = server.body()
    nested = body["webhook"]
    assert isinstance(nested, dict)
    assert body["url"] == nested["url"] == TARGET.url
    assert body["events"] == nested["events"]
    assert nested["headers"] == (TARGET.headers if version == "2.3.6" else {})


def test_a_server_that_refuses_the_form_is_offered_the_others_and_each_attempt_is_told() -> None:
    refused = recorded("2.3.6", "08_webhook_set_find.json", "set flat (v1 names)")
    server = Server([refused, refused, recorded("2.3.6", "08_webhook_set_find.json", "set nested full")])
    done = ask(server, lambda g: g.set_webhook("w1", TARGET), shape=WebhookShape.FLAT)
    assert isinstance(done, Ok)
    assert done.value.shape is WebhookShape.NESTED
    assert [(a.shape, a.refused is None) for a in done.value.attempts] == [
        (WebhookShape.FLAT, False),
        (WebhookShape.UNION, False),
        (WebhookShape.NESTED, True),
    ]


def test_a_refusal_that_is_not_about_the_form_ends_the_attempts() -> None:
    server = Server([recorded("2.3.6", "08_webhook_set_find.json", "set unknown instance")])
    done = failed(ask(server, lambda g: g.set_webhook("nobody", TARGET)))
    assert done.code is Code.INSTANCE_NOT_FOUND_ON_SERVER


def test_a_server_that_takes_no_form_fails_with_its_last_word() -> None:
    refused = recorded("2.3.6", "08_webhook_set_find.json", "set flat (v1 names)")
    done = failed(ask(Server([refused] * 3), lambda g: g.set_webhook("w1", TARGET)))
    assert (done.kind, done.code) == (Kind.PERMANENT, Code.INVALID_REQUEST)
    assert "requires property" in done.evidence


def test_an_event_the_server_does_not_know_is_left_out() -> None:
    server = Server(
        [
            recorded("2.3.6", "08_webhook_set_find.json", "set nested invalid event"),
            recorded("2.3.6", "08_webhook_set_find.json", "set nested full"),
        ]
    )
    assert isinstance(ask(server, lambda g: g.set_webhook("w1", TARGET)), Ok)
    first, second = server.body(0)["events"], server.body(1)["events"]
    assert isinstance(first, list)
    assert first[-3:] == EVENTS_2_3
    assert second == first[:-3]


def test_what_is_set_says_which_of_our_events_it_lacks() -> None:
    server = Server([recorded("1.8.2", "02-instance-create.json", "webhook/find of it")])
    found = ask(server, lambda g: g.webhook("c-wh"))
    assert isinstance(found, Ok)
    assert found.value is not None
    assert list(found.value.missing_events) == EVENTS_2_3


@pytest.mark.parametrize(
    ("told", "first", "second"), [("1.8.2", "textMessage", "text"), ("2.3.6", "text", "textMessage")]
)
def test_a_text_goes_in_the_versions_form_and_then_in_the_other(told: str, first: str, second: str) -> None:
    refused, taken = (
        (
            recorded("2.3.6", "09_sendText.json", "v1 body textMessage"),
            recorded("2.3.6", "09_sendText.json", "v2 body"),
        )
        if told == "1.8.2"
        else (
            recorded("1.8.2", "09-send-text.json", "connected, v2 body {number,text}"),
            recorded("1.8.2", "09-send-text.json", "connected, v1 body"),
        )
    )
    server = Server([refused, taken])
    sent = ask(server, lambda g: g.send_text("m1", "6281234567890", "halo"), version=told)
    assert isinstance(sent, Ok)
    assert isinstance(sent.value, Sent)
    assert (first in server.body(0), second in server.body(1)) == (True, True)


@pytest.mark.parametrize(
    "answered",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("gone"),
        httpx.RemoteProtocolError("half"),
        answer(502, {}),
        httpx.Response(504, text="<html>Gateway Time-out</html>"),
        answer(500, {"status": 500, "response": {"message": "Connection Closed"}}),
        answer(201, {"unexpected": True}),
        httpx.Response(201, text="ok"),
    ],
    ids=repr,
)
def test_a_send_that_may_have_left_is_ambiguous_and_never_repeated(answered: httpx.Response | Exception) -> None:
    server = Server([answered])
    done = failed(ask(server, lambda g: g.send_text("m1", "6281234567890", "halo")))
    assert done.kind is Kind.AMBIGUOUS
    assert len(server.asked) == 1


@pytest.mark.parametrize("answered", [httpx.ConnectTimeout("x"), httpx.ConnectError("x"), httpx.PoolTimeout("x")])
def test_an_action_that_never_left_is_tried_again_at_most_twice(answered: Exception) -> None:
    created = answer(201, {"instance": {"instanceName": "a"}, "hash": TOKEN})
    server = Server([answered, created])
    assert ask(server, lambda g: g.create("a", TOKEN)) == Ok(Created("a", own_token=True))
    done = failed(ask(Server([answered] * 3), lambda g: g.create("a", TOKEN)))
    assert done.kind is Kind.TRANSIENT


def test_a_read_is_repeated_at_most_twice() -> None:
    down = httpx.Response(503, text="<html>down</html>")
    server = Server([down, down, answer(200, {"instance": {"instanceName": "a", "state": "open"}})])
    assert ask(server, lambda g: g.memory("a")) == Ok(Memory.OPEN)
    done = failed(ask(Server([down] * 3), lambda g: g.memory("a")))
    assert (done.kind, done.code, done.cause) == (Kind.TRANSIENT, Code.SERVER_UNREACHABLE, "proxy_5xx")


def test_a_read_that_failed_for_good_is_not_repeated() -> None:
    server = Server([recorded("2.3.6", "01_info_auth.json", "fetchInstances wrong apikey")])
    assert failed(ask(server, lambda g: g.instances())).code is Code.SERVER_KEY_REJECTED


def test_a_server_that_asks_for_a_long_pause_is_left_alone() -> None:
    server = Server([answer(429, {"message": "Too many"}, **{"retry-after": "60"})])
    done = failed(ask(server, lambda g: g.instances()))
    assert (done.kind, done.cause, done.retry_after_s) == (Kind.TRANSIENT, "rate_limited", 60.0)
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [{"error": "LICENSE_REQUIRED"}, {"status": 503, "message": ["LICENSE_REQUIRED"]}])
def test_a_server_that_wants_a_licence_says_so_once(body: object) -> None:
    server = Server([answer(503, body)])
    done = failed(ask(server, lambda g: g.instances()))
    assert (done.kind, done.code) == (Kind.PERMANENT, Code.LICENSE_REQUIRED)
    assert len(server.asked) == 1


def test_create_asks_what_every_version_takes() -> None:
    server = Server(
        [recorded("1.8.2", "02-instance-create.json", "integration WHATSAPP-BAILEYS + token + qrcode false")]
    )
    done = ask(server, lambda g: g.create("c-int", "tok-c-int"))
    assert done == Ok(Created("c-int", own_token=True))
    assert server.body() == {
        "instanceName": "c-int",
        "token": "tok-c-int",
        "integration": "WHATSAPP-BAILEYS",
        "qrcode": False,
    }


def test_our_token_tells_our_instance_from_a_namesake() -> None:
    refused = recorded("2.3.6", "01_info_auth.json", "connectionState of another instance with this token")
    server = Server([refused])
    done = failed(ask(server, lambda g: g.memory("tok-b", TOKEN)))
    assert (done.code, done.cause) == (Code.INSTANCE_EXISTS, "not_ours")
    assert server.asked[0].headers["apikey"] == TOKEN


@pytest.mark.parametrize("name", ["c bad/näme", "a?b=c#d", "..%2f", "😀"])
def test_any_name_is_one_segment_of_the_path(name: str) -> None:
    server = Server([answer(404, {"response": {"message": [f'The "{name}" instance does not exist']}})])
    assert ask(server, lambda g: g.memory(name)) == Ok(None)
    path = server.asked[0].url.raw_path.decode()
    assert path.count("/") == 3
    assert "?" not in path
    assert unquote(path.rpartition("/")[2]) == name


@pytest.mark.parametrize("name", ["", ".", "..", " a", "a\n"])
def test_a_name_no_call_can_reach_is_not_asked_for(name: str) -> None:
    server = Server([])
    assert failed(ask(server, lambda g: g.delete(name))).code is Code.INSTANCE_NAME_INVALID
    assert server.asked == []


def test_one_of_the_list_is_found_by_its_exact_name() -> None:
    rows = [{"name": "k10", "connectionStatus": "open"}, {"name": "k1", "connectionStatus": "close"}]
    found = ask(Server([answer(200, rows)]), lambda g: g.instance("k1"))
    assert isinstance(found, Ok)
    assert found.value is not None
    assert (found.value.name, found.value.memory) == ("k1", Memory.CLOSE)


@pytest.mark.parametrize(
    ("call", "given", "cause"),
    [
        ("list", httpx.Response(200, text="<html>Welcome</html>"), "garbage"),
        ("list", answer(200, {"error": True, "message": "[object Object]"}), "error_in_200"),
        ("list", answer(200, [{"surprise": 1}]), "garbage"),
        ("connect", httpx.Response(200, text=""), "garbage"),
        ("connect", answer(200, {}), "garbage"),
        ("connect", answer(200, {"error": True, "message": "[object Object]"}), "error_in_200"),
        ("delete", answer(200, {"status": "ERROR"}), "garbage"),
        ("webhook", answer(200, {"surprise": 1}), "garbage"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(call: str, given: httpx.Response, cause: str) -> None:
    calls: dict[str, Callable[[Gateway], Awaitable[Result[object]]]] = {
        "list": lambda g: g.instances(),
        "connect": lambda g: g.connect("a"),
        "delete": lambda g: g.delete("a"),
        "webhook": lambda g: g.webhook("a"),
    }
    quick = Patience(repeats=0)
    done = failed(ask(Server([given]), calls[call], patience=quick))
    assert (done.code, done.cause) == (Code.SERVER_ERROR, cause)
    assert done.kind is (Kind.TRANSIENT if call in {"list", "webhook"} else Kind.AMBIGUOUS)


def test_no_failure_and_no_record_of_a_call_shows_a_secret() -> None:
    calls: dict[str, Callable[[Gateway], Awaitable[Result[object]]]] = {
        TOKEN: lambda g: g.create("a", TOKEN),
        f"{TARGET.url} {TARGET.headers['Authorization']}": lambda g: g.set_webhook("a", TARGET),
        f"also {TOKEN}": lambda g: g.memory("a", TOKEN),
    }
    for secret, call in calls.items():
        server = Server([answer(500, {"message": f"key {KEY} and {secret}"})] * 3)
        done = failed(ask(server, call))
        assert "canary" not in repr(done)
        assert "canary" not in repr(server.spoken)


def test_a_key_no_header_can_carry_is_rejected_without_a_call() -> None:
    async def run() -> Result[object]:
        async with GatewayHttp(local=False, transport=httpx.MockTransport(Server([]))) as http:
            gateway = open_gateway("evolution", ORIGIN, "ключ\r\nx: y", version=None, webhook_shape=None, http=http)
            return await gateway.instances()

    assert failed(asyncio.run(run())).code is Code.SERVER_KEY_REJECTED


def test_every_exchange_is_observed_with_its_outcome() -> None:
    server = Server([httpx.ConnectError("x"), answer(200, {"version": "2.3.6"})])
    ask(server, lambda g: g.info())
    assert [(s.call, s.http, s.cause) for s in server.spoken] == [("info", None, "unreachable"), ("info", 200, None)]


def test_an_unknown_kind_is_refused_by_name() -> None:
    async def run() -> None:
        async with GatewayHttp(local=False, transport=httpx.MockTransport(Server([]))) as http:
            open_gateway("pigeon", ORIGIN, KEY, version=None, webhook_shape=None, http=http)

    with pytest.raises(UnknownKindError, match="pigeon"):
        asyncio.run(run())


def test_create_with_a_webhook_asks_for_it_as_it_was_recorded() -> None:
    exchanges = recordings.exchanges("evolution-2.3.6", "02_create.json")
    there = next(e for e in exchanges if e.name == "webhook nested").request.body["webhook"]
    server = Server([httpx.Response(201, json={"instance": {"instanceName": "a"}, "hash": TOKEN})])
    ask(server, lambda g: g.create("a", TOKEN, webhook=replace(TARGET, events=("INSTANCE_CREATE",))))
    ours = json.loads(server.asked[0].content)["webhook"]
    assert {key: type(value) for key, value in ours.items()} == {key: type(value) for key, value in there.items()}
    assert (ours["url"], ours["events"]) == (TARGET.url, ["INSTANCE_CREATE"])
    assert "canary" not in repr(server.spoken)

"""Whoever has no right to speak hears one answer, whatever cannot be read is told so, and nothing makes us fail."""

import base64
import gzip
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from sambung.edge.keyring import Keyring
from sambung.edge.observing import logger
from sambung.store.connection import Database
from tests import postgres
from tests.functional.webhook.conftest import Gateway, Look
from tests.rows import Registry
from webhook.door import Door
from webhook.handler import lambda_handler

OPEN = b'{"event":"connection.update","instance":"toko-1","data":{"state":"open"}}'

FORGED: Mapping[str, Callable[[Gateway, Keyring], dict[str, Any]]] = {
    "no header": lambda _g, _k: {"headers": {}},
    "wrong secret": lambda _g, _k: {"headers": {"Authorization": "Bearer " + "0" * 64}},
    "another server's secret": lambda _g, k: {"headers": {"Authorization": f"Bearer {k.bearer(uuid4())}"}},
    "the path's secret in the header": lambda g, k: {
        "headers": {"Authorization": f"Bearer {k.path_token(g.server_id)}"}
    },
    "another scheme": lambda g, k: {"headers": {"Authorization": f"Basic {k.bearer(g.server_id)}"}},
    "sent twice": lambda g, k: {"headers": {"Authorization": f"Bearer {k.bearer(g.server_id)}, Bearer x"}},
    "in two headers": lambda g, k: {
        "changed": {"headers": {h: f"Bearer {k.bearer(g.server_id)}" for h in ("authorization", "Authorization")}},
    },
    "not ASCII": lambda _g, _k: {"headers": {"Authorization": "Bearer ключ"}},
    "half a character": lambda _g, _k: {"changed": {"headers": {"authorization": "Bearer \ud800"}}},
    "a megabyte": lambda _g, _k: {"headers": {"Authorization": "Bearer " + "x" * 1_000_000}},
    "not even text": lambda _g, _k: {"changed": {"headers": {"authorization": 7}}},
    "unknown server": lambda g, _k: {"path": f"/webhooks/{uuid4()}", "headers": g.headers},
    "no server": lambda g, _k: {"path": "/webhooks", "headers": g.headers},
    "a server that is no id": lambda g, _k: {"path": "/webhooks/evo-1", "headers": g.headers},
    "wrong token": lambda g, _k: {"path": f"/webhooks/{g.server_id}/t/{'0' * 64}", "headers": {}},
    "empty token": lambda g, _k: {"path": f"/webhooks/{g.server_id}/t/", "headers": {}},
    "no token, right header": lambda g, _k: {"path": f"/webhooks/{g.server_id}/t", "headers": g.headers},
    "the header's secret in the path": lambda g, k: {"path": f"/webhooks/{g.server_id}/t/{k.bearer(g.server_id)}"},
    "a removed server": lambda _g, k: removed(k),
}


def removed(keyring: Keyring) -> dict[str, Any]:
    server_id = uuid4()
    return {"path": f"/webhooks/{server_id}", "headers": {"Authorization": f"Bearer {keyring.bearer(server_id)}"}}


@pytest.mark.parametrize("cause", FORGED)
def test_every_failed_authentication_gets_one_answer(
    cause: str, modern: Gateway, keyring: Keyring, instance: Look
) -> None:
    before = instance()
    sent = FORGED[cause](modern, keyring)
    reply = modern.posts(OPEN, **{"path": f"/webhooks/{modern.server_id}", **sent})
    assert (reply.status, reply.json["code"]) == (401, "unauthorized")
    assert reply == modern.posts(b"", path="/webhooks/x", headers={})
    assert (instance(), instance.events()) == (before, [])


def test_a_key_that_was_replaced_still_verifies_while_it_is_listed(database_url: str, registry: Registry) -> None:
    old_key, new_key = (Fernet.generate_key().decode() for _ in range(2))
    bearer = Keyring([old_key]).bearer(registry.server_id)
    path, headers = f"/webhooks/{registry.server_id}", {"Authorization": f"Bearer {bearer}"}
    with closing(Database(database_url)) as database:
        rotated = Door(database, Keyring([new_key, old_key]))
        assert Gateway(rotated, registry.server_id, "toko-1", path, headers).posts(OPEN).status == 200
        retired = Door(database, Keyring([new_key]))
        assert Gateway(retired, registry.server_id, "toko-1", path, headers).posts(OPEN).status == 401


UNREADABLE: Mapping[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "no event": b'{"instance":"toko-1"}',
    "no instance": b'{"event":"connection.update"}',
    "NaN": b'{"event":"e","instance":"i","data":NaN}',
    "an endless number": b'{"event":"e","instance":"i","data":' + b"9" * 5000 + b"}",
    "1e999": b'{"event":"e","instance":"i","data":1e999}',
    "a key twice": b'{"event":"e","event":"e","instance":"i"}',
    "NUL": b'{"event":"e","instance":"i\\u0000"}',
    "half a character": b'{"event":"e","instance":"i\\ud800"}',
    "not UTF-8": b'{"event":"e","instance":"\xff"}',
    "too deep": b'{"event":"e","instance":"i","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "too large": b'{"event":"e","instance":"i","data":"' + b"x" * 256 * 1024 + b'"}',
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_can_never_be_read_is_told_so_that_nobody_repeats_it(what: str, gateway: Gateway, instance: Look) -> None:
    reply = gateway.posts(UNREADABLE[what])
    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert instance.events() == []


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, identity"])
def test_a_compressed_body_is_not_read(coding: str, modern: Gateway) -> None:
    assert modern.posts(gzip.compress(OPEN), headers={**modern.headers, "Content-Encoding": coding}).status == 422


def test_a_body_arrives_alike_whether_http_api_encodes_it_or_not(modern: Gateway) -> None:
    assert modern.posts(b"", changed=encoded(OPEN)).json == {"status": "accepted"}
    assert modern.posts(OPEN).json == {"status": "duplicate"}
    assert modern.posts(b"", changed={"body": "%%%", "isBase64Encoded": True}).status == 422


def test_a_body_just_within_the_limit_is_read(modern: Gateway) -> None:
    start, end = b'{"event":"e","instance":"i","data":"', b'"}'
    full = start + b"x" * (256 * 1024 - len(start) - len(end)) + end
    assert modern.posts(full).status == 200
    assert modern.posts(b"", changed=encoded(full)).status == 200
    assert modern.posts(full + b" ").status == 422


@pytest.mark.parametrize(
    "path", ["/api/whatsapp/webhooks/webjs/x", "/api/whatsapp/sessions//mark", "/", "/webhook", ""]
)
def test_other_paths_are_unknown(path: str, modern: Gateway) -> None:
    assert modern.posts(OPEN, path=path).status == 404


def test_a_database_that_goes_away_asks_for_a_repetition_and_takes_it_when_it_is_back(
    cluster: postgres.Cluster, modern: Gateway, instance: Look
) -> None:
    modern.connection("connecting", at=1)
    with cluster.out_of_reach(instance.plain):
        reply = modern.connection("open", at=2)
        assert (reply.status, reply.json["code"]) == (429, "overloaded")
        assert int(reply.headers["retry-after"]) > 0
    assert modern.connection("open", at=2).json == {"status": "accepted"}
    assert instance()["status"] == "connected"


def test_a_connection_that_died_unnoticed_costs_no_event(modern: Gateway, instance: Look) -> None:
    modern.connection("connecting", at=1)
    postgres.end_connections(instance.plain, "application_name = 'sambung'")
    assert modern.connection("open", at=2).json == {"status": "accepted"}


def test_a_fault_of_ours_is_a_wish_for_repetition_and_tells_no_secret(
    old: Gateway, instance: Look, lines: list[dict[str, Any]]
) -> None:
    instance.plain.execute("ALTER TABLE webhook_events RENAME TO gone")
    assert old.qr("2@canary").status == 429
    line = lines[-1]
    assert (line["level"], line["error"]) == ("ERROR", "UndefinedTable")
    assert "canary" not in json.dumps(lines)


def test_one_line_tells_the_story_without_secrets(old: Gateway, modern: Gateway, lines: list[dict[str, Any]]) -> None:
    old.qr("2@canary-qr", at=0)
    modern.connection("open", at=1, wuid="6281234567890@s.whatsapp.net", profileName="Canary")
    old.posts(OPEN, path=old.path.replace("/t/", "/t/x"))
    story = [line for line in lines if line["message"] == "webhook"]
    assert [line["status"] for line in story] == [200, 200, 401]
    assert story[1]["transition"] == "connecting->connected"
    assert story[1]["gateway_event"] == "connection.update"
    token = old.path.split("/t/")[1].partition("?")[0]
    said = json.dumps(lines)
    assert not [word for word in ("canary", "Canary", "6281234567890", token, "toko-1") if word in said]


def encoded(body: bytes) -> dict[str, object]:
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What the function logged, as it would reach CloudWatch."""
    written: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(logger.registered_formatter.format(record)))

    keeper = Keep()
    logger.addHandler(keeper)
    yield written
    logger.handlers.remove(keeper)


def test_what_is_neither_request_nor_batch_is_refused_so_that_nobody_takes_it_for_done() -> None:
    with pytest.raises(TypeError, match="HTTP API and SQS"):
        lambda_handler({"detail-type": "Scheduled Event"}, None)  # type: ignore[arg-type]

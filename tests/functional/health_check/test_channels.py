"""Channels are sealed when they come in, never shown again, and tried before anybody trusts them."""

from typing import Any
from uuid import uuid4

import pytest

from health_check.channel_rules import refusal
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from tests.calling import Api, Reply
from tests.functional.health_check.conftest import AddServer, Post

PATH = "/api/alert-channels"
SECRET = "123456789:canary-token"
TELEGRAM = {"name": "Telegram toko", "url": f"tgram://{SECRET}/-100"}


def put(api: Api, *items: dict[str, Any]) -> Reply:
    return api("PUT", PATH, {"items": list(items)})


def wrong_field(reply: Reply) -> str:
    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    return str(reply.json["errors"][0]["field"])


def test_a_channels_secret_is_sealed_and_never_shown(api: Api, plain: Connection, parts: Parts) -> None:
    told = put(api, TELEGRAM)
    (one,) = told.json["items"]
    assert (one["name"], one["scheme"], one["target"]) == ("Telegram toko", "tgram", "tgram://…")
    assert (one["language"], one["least_severity"], one["enabled"]) == ("id", "warning", True)
    (row,) = plain.execute("SELECT url_sealed, key_id FROM alert_channels").fetchall()
    assert parts.keyring.unseal(row["url_sealed"]) == TELEGRAM["url"]
    assert row["key_id"] == parts.keyring.primary
    kept = plain.execute("SELECT alert_channels::text AS row FROM alert_channels").fetchone()
    assert SECRET not in f"{told.text} {api.get(PATH).text} {kept}"


def test_a_saved_channel_keeps_its_url_until_a_new_one_is_given(api: Api, plain: Connection, parts: Parts) -> None:
    (one,) = put(api, TELEGRAM).json["items"]
    put(api, {"id": one["id"], "name": "Telegram baru", "least_severity": "critical", "enabled": False})
    (kept,) = api.get(PATH).json["items"]
    assert (kept["id"], kept["name"], kept["least_severity"], kept["enabled"]) == (
        one["id"], "Telegram baru", "critical", False,
    )  # fmt: skip
    (row,) = plain.execute("SELECT url_sealed FROM alert_channels").fetchall()
    assert parts.keyring.unseal(row["url_sealed"]) == TELEGRAM["url"]


def test_the_list_is_replaced_as_a_whole_in_its_order(api: Api) -> None:
    a, b = put(api, {"name": "a", "url": "json://a.example"}, {"name": "b", "url": "json://b.example"}).json["items"]
    put(api, {"id": b["id"], "name": "a"}, {"id": a["id"], "name": "b"})
    assert [(one["id"], one["name"]) for one in api.get(PATH).json["items"]] == [(b["id"], "a"), (a["id"], "b")]
    first = api.get(PATH)
    assert api.get(PATH, headers={"if-none-match": first.headers["etag"]}).status == 304
    assert put(api, {"id": b["id"], "name": "a"}).json == api.get(PATH).json
    assert put(api).json == {"items": []}


MUST_NOT_BE = (
    "nonsense",
    "evolution://key@vps/instance",
    "syslog://",
    "dbus://",
    "file:///etc/passwd",
    "json://169.254.169.254/latest",
    "json://[::ffff:10.0.0.1]/",
    "json://[::1/",
    "json://VPS.example/hook",
    "json://vps.example:8443/hook",
)


def test_a_url_that_must_not_be_a_channel_is_refused_before_it_is_tried(
    api: Api, post: Post, add_server: AddServer
) -> None:
    add_server("vps", "https://vps.example")
    for url in MUST_NOT_BE:
        assert wrong_field(put(api, {"name": "x", "url": url})) == "items.0.url", url
        assert wrong_field(api.post(f"{PATH}/test", {"url": url})) == "url", url
    assert post.letters == []
    assert api.get(PATH).json == {"items": []}


def test_a_laptop_may_tell_its_own_machine_unless_a_gateway_listens_there() -> None:
    gateways = ["http://127.0.0.1:8080"]
    assert refusal("json://127.0.0.1:9090/hook", servers=gateways, local=True) is None
    assert refusal("json://127.0.0.1:9999999/hook", servers=gateways, local=True) is None
    assert refusal("json://127.0.0.1:8080/hook", servers=gateways, local=True) is not None


@pytest.mark.parametrize("host", ["127.0.0.1:9090", "[::1]", "10.0.0.1", "192.168.1.9", "100.64.0.1"])
def test_in_production_nobody_is_told_in_an_internal_network(host: str) -> None:
    assert refusal(f"json://{host}/hook", servers=(), local=False) is not None


def test_a_url_that_apprise_cannot_read_is_refused_and_nothing_changes(api: Api, post: Post) -> None:
    put(api, TELEGRAM)
    post.failure = "url"
    assert wrong_field(put(api, {"name": "x", "url": "tgram://"})) == "items.0.url"
    assert [one["name"] for one in api.get(PATH).json["items"]] == ["Telegram toko"]


WRONG_LISTS: list[tuple[list[dict[str, Any]], str]] = [
    ([{"name": "new"}], "items.0.url"),
    ([TELEGRAM, TELEGRAM], "items.0.name"),
    ([TELEGRAM | {"id": str(uuid4())}], "items.0.id"),
    ([TELEGRAM | {"language": "fr"}], "body.items.0.language"),
    ([TELEGRAM | {"name": " "}], "body.items.0.name"),
    ([TELEGRAM | {"colour": "red"}], "body.items.0.colour"),
    ([TELEGRAM | {"name": str(n)} for n in range(21)], "body.items"),
]


def test_a_wrong_list_names_its_field(api: Api) -> None:
    for items, field in WRONG_LISTS:
        assert wrong_field(put(api, *items)) == field


def test_a_test_says_that_it_is_one_in_the_channels_language(api: Api, post: Post) -> None:
    (one,) = put(api, TELEGRAM).json["items"]
    post.take()
    assert api.post(f"{PATH}/test", {"id": one["id"]}).json["ok"] is True
    assert api.post(f"{PATH}/test", {"url": "json://new.example", "language": "en"}).status == 200
    assert [(letter.url, letter.title) for letter in post.letters] == [
        (TELEGRAM["url"], "Pesan uji dari Sambung"),
        ("json://new.example", "Test message from Sambung"),
    ]
    assert api.get(PATH).json["items"][0]["last_sent_at"] is not None


FAILURES = [
    ("http_401", "The channel answered HTTP 401."),
    ("refused", "internal network"),
    ("timeout", "No answer until the deadline"),
    ("rejected", "token"),
    ("url", "tgram://BOT_TOKEN/CHAT_ID"),
]


def test_a_failed_test_says_why_and_what_to_do(api: Api, post: Post) -> None:
    (one,) = put(api, TELEGRAM).json["items"]
    for post.failure, words in FAILURES:
        reply = api.post(f"{PATH}/test", {"id": one["id"]})
        assert (reply.status, reply.json["code"]) == (502, "channel_failed")
        assert words in reply.json["detail"]
        (kept,) = api.get(PATH).json["items"]
        assert (kept["last_failure"], words in kept["last_failure_reason"]) == (post.failure, True)
        assert SECRET not in reply.text


def test_a_channel_sealed_with_a_lost_key_asks_for_its_url(api: Api, plain: Connection) -> None:
    (one,) = put(api, TELEGRAM).json["items"]
    plain.execute("UPDATE alert_channels SET url_sealed = 'gAAAAA-lost'")
    reply = api.post(f"{PATH}/test", {"id": one["id"]})
    assert (reply.status, "once more" in reply.json["detail"]) == (502, True)


def test_a_test_needs_one_channel_that_exists(api: Api) -> None:
    for body in ({}, {"id": str(uuid4()), "url": "json://x.example"}):
        assert wrong_field(api.post(f"{PATH}/test", body)) == "id"
    assert api.post(f"{PATH}/test", {"id": str(uuid4())}).status == 404


def test_only_admins_see_and_change_channels(api: Api) -> None:
    for method, path in (("GET", PATH), ("PUT", PATH), ("POST", f"{PATH}/test")):
        assert api.as_("[operator]")(method, path, {"items": []}).status == 403

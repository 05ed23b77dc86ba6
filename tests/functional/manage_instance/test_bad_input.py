"""Every input has a bad form: each gets a problem document that names what to do, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from sambung.edge.wiring import Parts
from sambung.store import idempotency
from simulator.process import SimulatorProcess
from tests.calling import Api, Reply

Create = Callable[..., dict[str, Any]]


def assert_problem(reply: Reply, status: int, code: str) -> None:
    """The reply is a whole problem document."""
    assert (reply.status, reply.json["code"]) == (status, code), reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    document = reply.json
    assert document["status"] == status
    assert document["title"] and document["detail"] and document["correlation_id"]
    assert document["action"] and document["side"]
    assert "{" not in document["title"] + document["detail"]


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://a.example", "http://", "nonsense", "http://user:pw@127.0.0.1:1", "http://127.0.0.1:0",
        "http://127.0.0.1:99999", "http://169.254.169.254", "http://127.0.0.1/\\@evil.example", "http://a b",
        "http://2130706433", "http://0x7f.1",
    ],
)  # fmt: skip
def test_a_wrong_server_url_names_the_field(api: Api, url: str) -> None:
    reply = api.post("/api/servers", {"name": "s", "kind": "evolution", "base_url": url, "api_key": "k"})
    assert_problem(reply, 422, "invalid_request")
    assert any("base_url" in e["field"] for e in reply.json["errors"])
    assert api.get("/api/servers").json["items"] == []


def test_a_wrong_key_is_told_apart_from_an_unreachable_server(api: Api, clean_gateway: SimulatorProcess) -> None:
    body = {"name": "s", "kind": "evolution", "base_url": clean_gateway.url, "api_key": "wrong"}
    added = api.post("/api/servers", body).json
    assert (added["reachable"], added["key_accepted"]) == (True, False)
    assert added["last_error"]["code"] == "server_key_rejected"


def test_a_server_that_wants_a_licence_says_so(
    api: Api, server: dict[str, Any], clean_gateway: SimulatorProcess
) -> None:
    clean_gateway.control("faults", {"license_required": True})
    checked = api.post(f"/api/servers/{server['id']}/check").json
    assert checked["reachable"] is True
    assert checked["last_error"]["code"] == "license_required"


def test_an_unknown_client_and_an_unknown_server_name_their_field(api: Api, client_id: str) -> None:
    body = {"client_id": str(uuid4()), "instance_name": "a1", "server_id": str(uuid4())}
    assert_problem(api.post("/api/instances", body), 422, "invalid_request")
    reply = api.post("/api/instances", body | {"client_id": client_id})
    assert [e["field"] for e in reply.json["errors"]] == ["server_id"]


@pytest.mark.parametrize(
    ("raw", "headers", "status", "code"),
    [
        (b'{"name": ', {}, 422, "invalid_request"),
        (b'{"name": NaN}', {}, 422, "invalid_request"),
        (b'{"name": "a", "name": "b"}', {}, 422, "invalid_request"),
        (b'{"name": "a\\u0000b"}', {}, 422, "invalid_request"),
        (b'{"name": "\\ud800"}', {}, 422, "invalid_request"),
        (b"[" * 200 + b"]" * 200, {}, 422, "invalid_request"),
        (b'"text"', {}, 422, "invalid_request"),
        (b"null", {}, 422, "invalid_request"),
        (b"\xff\xfe", {}, 422, "invalid_request"),
        (b'{"name": 5}', {}, 422, "invalid_request"),
        (b'{"name": "a", "colour": "red"}', {}, 422, "invalid_request"),
        (b'{"name": "a"}', {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"name": "' + b"a" * 300_000 + b'"}', {}, 413, "body_too_large"),
    ],
    ids=[
        "broken", "nan", "duplicate key", "nul", "surrogate", "deep", "text", "null", "not utf-8", "wrong type",
        "unknown field", "wrong media type", "too large",
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_and_nothing_is_created(
    api: Api, raw: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    assert_problem(api("POST", "/api/clients", raw=raw, headers=headers), status, code)
    assert [c["name"] for c in api.get("/api/clients").json["items"]] == ["Bisnis saya"]


def test_an_unknown_route_an_unknown_thing_and_a_malformed_id_are_not_found(api: Api) -> None:
    for path in ("/api/nothing", f"/api/instances/{uuid4()}", "/api/instances/not-an-id", f"/api/operations/{uuid4()}"):
        assert_problem(api.get(path), 404, "not_found")


def test_a_broken_cursor_is_told(api: Api) -> None:
    assert_problem(api.get("/api/instances?cursor=%00zz"), 422, "invalid_request")
    assert_problem(api.get("/api/instances?limit=501"), 422, "invalid_request")


def test_a_failure_speaks_the_readers_language(api: Api) -> None:
    indonesian = api.get("/api/nothing", headers={"accept-language": "id-ID,id;q=0.9"})
    english = api.get("/api/nothing", headers={"accept-language": "en"})
    assert indonesian.json["title"] != english.json["title"]


def test_the_same_idempotency_key_creates_once_and_refuses_another_body(api: Api) -> None:
    key = {"idempotency-key": "k-1"}
    first = api.post("/api/clients", {"name": "Satu"}, headers=key)
    again = api.post("/api/clients", {"name": "Satu"}, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert_problem(api.post("/api/clients", {"name": "Dua"}, headers=key), 422, "invalid_request")
    assert len(api.get("/api/clients").json["items"]) == 2


def test_a_client_with_instances_and_a_server_with_instances_stay(
    api: Api, create: Create, client_id: str, server: dict[str, Any]
) -> None:
    create("stay-1")
    for path in (f"/api/clients/{client_id}", f"/api/servers/{server['id']}"):
        reply = api("DELETE", path)
        assert_problem(reply, 409, "conflict")
        assert "1" in reply.json["detail"]
    assert len(api.get("/api/instances").json["items"]) == 1


def test_a_name_or_address_taken_by_another_server_names_the_field(api: Api, server: dict[str, Any]) -> None:
    body = {"kind": "evolution", "api_key": "k"}
    by_name = api.post("/api/servers", body | {"name": server["name"], "base_url": "http://127.0.0.1:9"})
    by_url = api.post("/api/servers", body | {"name": "x", "base_url": server["base_url"] + "/"})
    assert_problem(by_name, 409, "conflict")
    assert [e["field"] for r in (by_name, by_url) for e in r.json["errors"]] == ["name", "base_url"]


def test_an_unchanged_list_is_not_sent_again(api: Api) -> None:
    tag = api.get("/api/instances").headers["etag"]
    again = api.get("/api/instances", headers={"if-none-match": tag})
    assert (again.status, again.text) == (304, "")


def test_paging_shows_every_instance_once(api: Api, create: Create) -> None:
    for name in ("p-1", "p-2", "p-3"):
        create(name)
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/api/instances?limit=2{cursor and '&cursor=' + cursor}").json
        seen += [i["instance_name"] for i in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["p-1", "p-2", "p-3"]


def test_an_answer_is_remembered_for_a_day_and_then_forgotten(api: Api, parts: Parts) -> None:
    api.post("/api/clients", {"name": "Satu"}, headers={"idempotency-key": "k-2"})
    with parts.database.transaction() as connection:
        assert idempotency.forget_old(connection, parts.now() + timedelta(hours=23)) == 0
        assert idempotency.forget_old(connection, parts.now() + timedelta(hours=25)) == 1

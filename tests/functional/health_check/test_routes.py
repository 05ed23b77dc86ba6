"""The last sample as the contract has it, sent once; a look on demand; and whether we work at all."""

import base64
import gzip
from collections.abc import Callable
from uuid import uuid4

import pytest

from health_check.checking import look
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from tests import postgres
from tests.calling import Api
from tests.functional.health_check.conftest import AddInstance, AddServer, Clock

PATH = "/api/health-check"
SERVER = {"server_id", "name", "evolution_reachable", "fetch_instances_ok", "version", "latency_ms", "reason"}
INSTANCE = {
    "instance_id", "instance_name", "webhook_find_ok", "webhook_state", "last_webhook_event_at", "last_event_age_s",
    "qr_readiness", "status", "reason",
}  # fmt: skip
SUMMARY = {"connected", "connecting", "disconnected", "error", "stale", "servers_down"}


def test_before_anything_is_known_the_sample_is_empty(api: Api) -> None:
    assert api.get(PATH).json == {
        "checked_at": None,
        "reason": None,
        "servers": [],
        "instances": [],
        "summary": dict.fromkeys(SUMMARY, 0),
    }


def test_the_sample_has_the_fields_of_the_contract(
    api: Api, add_server: AddServer, add_instance: AddInstance, closed_port: str, clock: Clock
) -> None:
    add_instance(add_server("vps", closed_port), "toko")
    told = api.post(PATH).json
    assert told.keys() == {"checked_at", "reason", "servers", "instances", "summary"}
    assert told["servers"][0].keys() >= SERVER
    assert told["instances"][0].keys() >= INSTANCE
    assert told["summary"].keys() == SUMMARY
    assert told["checked_at"] == clock.now.isoformat().replace("+00:00", "Z")
    assert api.get(PATH).json == told


def test_what_is_known_already_is_not_sent_again_until_something_is_new(
    api: Api, plain: Connection, add_server: AddServer, add_instance: AddInstance, closed_port: str, clock: Clock
) -> None:
    instance_id = add_instance(add_server("vps", closed_port), "toko", last_webhook_event_at=clock.now)
    first = api.get(PATH)
    clock.pass_(seconds=40)
    assert api.get(PATH).json["instances"][0]["last_event_age_s"] == 40
    again = api.get(PATH, headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    plain.execute("UPDATE wa_sessions SET status = 'connected' WHERE id = %s", [instance_id])
    assert api.get(PATH, headers={"if-none-match": first.headers["etag"]}).status == 200


def test_a_large_answer_is_compressed_for_whoever_takes_that(
    api: Api, add_server: AddServer, add_instance: AddInstance, closed_port: str
) -> None:
    server_id = add_server("vps", closed_port)
    for n in range(40):
        add_instance(server_id, f"toko-{n}")
    plain = api.get(PATH, headers={"accept-encoding": "identity"})
    packed = api.get(PATH, headers={"accept-encoding": "br;q=1.0, gzip;q=0.8"})
    assert "content-encoding" not in plain.headers
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert packed.headers["etag"] == plain.headers["etag"]
    assert gzip.decompress(base64.b64decode(packed.text)).decode() == plain.text
    assert len(packed.text) < len(plain.text) / 4


def test_a_client_sees_its_own_numbers(
    api: Api, plain: Connection, add_server: AddServer, add_instance: AddInstance, closed_port: str
) -> None:
    server_id = add_server("vps", closed_port)
    add_instance(server_id, "theirs")
    client = plain.execute("INSERT INTO clients (name) VALUES ('Toko Baru') RETURNING id").fetchone()
    assert client is not None
    add_instance(server_id, "ours", client_id=client["id"])
    told = api.get(f"{PATH}?client_id={client['id']}").json
    assert [one["instance_name"] for one in told["instances"]] == ["ours"]
    assert sum(told["summary"].values()) == 1


@pytest.mark.parametrize(
    ("columns", "readiness", "code"),
    [
        ({"status": "connected"}, "connected", None),
        ({"status": "connecting", "qr_code": "2@x", "qr_at": 10}, "ready", None),
        ({"status": "connecting", "qr_code": "2@x", "qr_at": 50}, "qr_expired", "qr_expired"),
        ({"status": "connecting", "connecting_since": 30}, "qr_not_ready", "qr_not_ready"),
        ({"status": "connecting", "connecting_since": 300}, "stuck_connecting", "stuck_connecting"),
        ({"status": "disconnected", "error_code": "qr_limit_reached"}, "qr_limit_reached", "qr_limit_reached"),
        ({"status": "disconnected", "error_code": "logged_out_by_phone"}, "none", "logged_out_by_phone"),
        ({"status": "error", "error_code": "account_banned"}, "none", "account_banned"),
        ({"status": "error", "error_code": "account_banned", "desired": "parked"}, "none", None),
    ],
)
def test_pairing_is_told_in_one_word_and_its_reason_in_one_sentence(
    api: Api,
    add_server: AddServer,
    add_instance: AddInstance,
    closed_port: str,
    clock: Clock,
    columns: dict[str, object],
    readiness: str,
    code: str | None,
) -> None:
    began = clock.now
    clock.pass_(seconds=600)
    values = {
        name: began.fromtimestamp(clock.now.timestamp() - value, began.tzinfo) if isinstance(value, int) else value
        for name, value in columns.items()
    }
    add_instance(add_server("vps", closed_port), "toko", **values)
    told = api.get(PATH, headers={"accept-language": "id"}).json
    (one,) = told["instances"]
    assert (one["qr_readiness"], one["code"]) == (readiness, code)
    assert (one["reason"] is None) is (code is None)
    assert told["reason"] == (one["reason"] and f"toko: {one['reason']}")


def test_one_server_can_be_looked_at_alone(
    api: Api, plain: Connection, add_server: AddServer, closed_port: str
) -> None:
    chosen = add_server("chosen", closed_port)
    add_server("other", closed_port.replace("127.0.0.1", "127.0.0.2"))
    assert api.post(PATH, {"server_id": str(chosen)}).status == 200
    assert plain.execute("SELECT DISTINCT server_id FROM health_samples").fetchall() == [{"server_id": chosen}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"server_id": str(uuid4())}, 404, "not_found"),
        ({"server_id": "vps"}, 422, "invalid_request"),
        ({"server": "vps"}, 422, "invalid_request"),
    ],
)
def test_a_look_at_what_does_not_exist_is_refused(api: Api, body: object, status: int, code: str) -> None:
    reply = api.post(PATH, body)
    assert (reply.status, reply.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("groups", "read", "looked"), [("[viewer]", 200, 403), ("[operator]", 200, 200), (None, 401, 401)]
)
def test_viewers_read_and_operators_look(api: Api, groups: str | None, read: int, looked: int) -> None:
    caller = api.as_(groups)
    assert (caller.get(PATH).status, caller.post(PATH).status) == (read, looked)


def test_we_work_and_say_no_more(api: Api) -> None:
    reply = api.as_(None).get("/health")
    assert (reply.status, reply.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("broken", ["an older schema", "no database"])
def test_without_our_database_and_schema_we_do_not_work(
    broken: str, api: Api, plain: Connection, cluster: postgres.Cluster, parts: Parts
) -> None:
    breaks: dict[str, Callable[[], object]] = {
        "an older schema": lambda: plain.execute("ALTER TABLE webhook_looks RENAME TO gone"),
        "no database": lambda: None,
    }
    breaks[broken]()
    if broken == "no database":
        with cluster.out_of_reach(plain):
            postgres.end_connections(plain, "true")
            reply = api.as_(None).get("/health")
    else:
        reply = api.as_(None).get("/health")
    assert (reply.status, reply.json) == (503, {"status": "unavailable"})


def test_without_the_database_the_sample_is_a_problem_with_a_next_step(
    api: Api, plain: Connection, cluster: postgres.Cluster, parts: Parts
) -> None:
    with cluster.out_of_reach(plain):
        reply = api.get(PATH)
    assert (reply.status, reply.json["code"], reply.json["action"]) == (429, "overloaded", "wait")


def test_looks_are_independent_of_who_looks(
    parts: Parts, add_server: AddServer, closed_port: str, plain: Connection
) -> None:
    add_server("vps", closed_port)
    look(parts, seconds=5)
    look(parts, seconds=5)
    row = plain.execute("SELECT failures_in_row, reachable FROM servers").fetchone()
    assert row == {"failures_in_row": 2, "reachable": False}

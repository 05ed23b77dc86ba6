"""Status, last error and outcome of every action for every recorded kind of answer, the lies included: one table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import httpx
import pytest
from cryptography.fernet import Fernet

from manage_instance.handler import build
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import Parts
from sambung.gateways import open_gateway
from sambung.gateways.http import GatewayHttp
from sambung.store.connection import Database
from tests import rows
from tests.calling import Api
from tests.contract import recordings

Answer: TypeAlias = "tuple[int, Any]"
Script: TypeAlias = "Mapping[str, Sequence[Answer]]"
"""What a server answers to each call, one after the other; the last answer stays."""

V2, V1, V160 = "2.3.6", "1.8.2", "1.6.0"
OPEN, CONNECTING, CLOSE = ((200, {"instance": {"state": s}}) for s in ("open", "connecting", "close"))
STATELESS: Answer = (200, {"instance": {"instanceName": "toko-1"}})
UNSEEN: Answer = (404, {"status": 404, "response": {"message": ['The "toko-1" instance does not exist']}})
EMPTY: Answer = (200, [])
OWNER: Answer = (200, [{"name": "toko-1", "connectionStatus": "open", "ownerJid": "628123456789@s.whatsapp.net"}])
NO_WEBHOOK: Answer = (200, None)
DONE: Answer = (200, {"status": "SUCCESS", "error": False, "response": {"message": "done"}})
EMPTY_BODY: Answer = (200, "")


def recorded(version: str, file: str, name: str) -> Answer:
    """A recorded answer; outside of the project's laboratory only its place is known."""
    if not recordings.ROOT.is_dir():
        return (0, f"{version}/{file}: {name}")
    found = next(e for e in recordings.exchanges(f"evolution-{version}", file) if e.name == name)
    return found.response.status, found.response.body


LIE = recorded(V2, "15_qrcode_limit.json", "restart after the limit")
NOT_READY = recorded(V2, "03_connect_state.json", "connect, QR not ready after the 2 s wait")
QR_V1 = recorded(V1, "03-instance-connect.json", "connect, state close: waits 5 s, answers the QR")
OLD_QR = recorded(V1, "04-connection-state.json", "connect meanwhile: old QR data (not an error)")
WAS_OUT = recorded(V2, "06_logout.json", "logout never connected (close)")
LOGGED_OUT = recorded(V2, "06_logout.json", "logout when open")
RESTARTED = recorded(V2, "05_restart.json", "restart when open")
RESTARTED_V1 = recorded(V1, "06-restart.json", "PUT restart, open")
OLD_OF_160 = recorded(V160, "01-core.json", "connect after logout")
ZOMBIE_LOGOUT = recorded(V160, "01-core.json", "logout o2")
STILL_CONNECTED = recorded(V160, "01-core.json", "delete o2")
UNKNOWN_THERE = recorded(V2, "03_connect_state.json", "unknown: connect")


@dataclass(frozen=True)
class Row:
    """One line of the table. `said`: the problem's code, or the doubt's, or the reason for no QR; None: all well."""

    what: str
    action: str
    script: Script
    http: int
    said: str | None
    status: str
    last_error: str | None
    operation: str
    version: str = V2
    before: Mapping[str, object] = field(default_factory=lambda: {"status": "connected", "opened_since_pairing": True})


NEW: Mapping[str, object] = {"status": "disconnected"}
ONCE_PAIRED: Mapping[str, object] = {"status": "disconnected", "phone_number": "628123456789"}
DIALLING: Mapping[str, object] = {"status": "connecting", "opened_since_pairing": True}

OFFERED: Mapping[str, object] = {
    "status": "connecting",
    "qr_code": QR_V1[1]["code"] if isinstance(QR_V1[1], dict) else None,
    "qr_at": datetime.now(UTC) - timedelta(minutes=2),
}

TABLE = (
    Row(
        "a QR", "connect", {"memory": [CLOSE], "connect": [QR_V1]}, 200, None, "connecting", None, "succeeded", V1, NEW
    ),
    Row(
        "none yet",
        "connect",
        {"memory": [CLOSE, CONNECTING], "connect": [NOT_READY]},
        200,
        "qr_not_ready",
        "connecting",
        None,
        "succeeded",
        V2,
        NEW,
    ),
    Row(
        "none, and closed: the limit",
        "connect",
        {"memory": [CLOSE], "connect": [NOT_READY]},
        200,
        "qr_limit_reached",
        "disconnected",
        "qr_limit_reached",
        "succeeded",
        V2,
        NEW,
    ),
    Row(
        "connected already",
        "connect",
        {"memory": [OPEN], "instance": [OWNER]},
        200,
        "connected",
        "connected",
        None,
        "succeeded",
        V2,
        NEW,
    ),
    Row(
        "opens meanwhile",
        "connect",
        {"memory": [CLOSE, OPEN], "connect": [NOT_READY], "instance": [OWNER]},
        200,
        "connected",
        "connected",
        None,
        "succeeded",
        V2,
        NEW,
    ),
    Row(
        "an old code while it dials again",
        "connect",
        {"memory": [CONNECTING], "connect": [OLD_QR]},
        200,
        "qr_not_ready",
        "connecting",
        None,
        "succeeded",
        V1,
        DIALLING,
    ),
    Row(
        "the code we had, too old",
        "connect",
        {"memory": [CONNECTING], "connect": [QR_V1]},
        200,
        "qr_expired",
        "connecting",
        None,
        "succeeded",
        V1,
        OFFERED,
    ),
    Row(
        "1.6.0 has no new code after a logout",
        "connect",
        {"memory": [CLOSE], "connect": [OLD_OF_160]},
        409,
        "needs_recreate",
        "disconnected",
        None,
        "failed",
        V160,
        ONCE_PAIRED,
    ),
    Row(
        "half loaded",
        "connect",
        {"memory": [STATELESS], "connect": [EMPTY_BODY]},
        409,
        "needs_recreate",
        "disconnected",
        None,
        "failed",
        V1,
        NEW,
    ),
    Row(
        "a lie while closed",
        "connect",
        {"memory": [CLOSE], "connect": [LIE]},
        502,
        "server_error",
        "disconnected",
        None,
        "needs_operator",
        V2,
        NEW,
    ),
    Row(
        "a lie, and it connects",
        "connect",
        {"memory": [CLOSE, CONNECTING], "connect": [LIE]},
        200,
        "qr_not_ready",
        "connecting",
        None,
        "succeeded",
        V2,
        NEW,
    ),
    Row(
        "unknown there",
        "connect",
        {"memory": [UNKNOWN_THERE], "instance": [UNSEEN]},
        404,
        "instance_not_found_on_server",
        "error",
        "instance_not_found_on_server",
        "failed",
    ),
    Row(
        "unknown to the memory alone",
        "connect",
        {"memory": [UNKNOWN_THERE], "instance": [OWNER]},
        404,
        "instance_not_found_on_server",
        "connected",
        None,
        "failed",
    ),
    Row(
        "back",
        "restart",
        {"memory": [OPEN], "restart": [RESTARTED], "instance": [OWNER]},
        200,
        None,
        "connected",
        None,
        "succeeded",
    ),
    Row(
        "back on 1.8.2",
        "restart",
        {"memory": [OPEN], "restart": [RESTARTED_V1], "instance": [OWNER]},
        200,
        None,
        "connected",
        None,
        "succeeded",
        V1,
    ),
    Row(
        "still dialling",
        "restart",
        {"memory": [OPEN, CONNECTING], "restart": [RESTARTED]},
        200,
        None,
        "connecting",
        None,
        "succeeded",
    ),
    Row(
        "closed afterwards",
        "restart",
        {"memory": [OPEN, CLOSE], "restart": [RESTARTED]},
        200,
        "action_not_confirmed",
        "disconnected",
        None,
        "failed",
    ),
    Row(
        "would make it deaf", "restart", {"memory": [OPEN]}, 409, "needs_recreate", "connected", None, "failed", "1.8.1"
    ),
    Row("closed", "restart", {"memory": [CLOSE]}, 409, "not_connected", "disconnected", None, "failed", V2, NEW),
    Row(
        "ignored while connecting",
        "restart",
        {"memory": [CONNECTING]},
        409,
        "not_connected",
        "connecting",
        None,
        "failed",
        V1,
        DIALLING,
    ),
    Row(
        "a lie",
        "restart",
        {"memory": [OPEN], "restart": [LIE], "instance": [OWNER]},
        502,
        "server_error",
        "connected",
        None,
        "needs_operator",
    ),
    Row(
        "out", "logout", {"memory": [OPEN, CLOSE], "logout": [LOGGED_OUT]}, 200, None, "disconnected", None, "succeeded"
    ),
    Row(
        "out meanwhile",
        "logout",
        {"memory": [CONNECTING, CLOSE], "logout": [WAS_OUT]},
        200,
        None,
        "disconnected",
        None,
        "succeeded",
        V2,
        DIALLING,
    ),
    Row("was out", "logout", {"memory": [CLOSE]}, 200, None, "disconnected", None, "succeeded", V2, NEW),
    Row(
        "says so and stays",
        "logout",
        {"memory": [OPEN], "logout": [LOGGED_OUT]},
        200,
        "action_not_confirmed",
        "connected",
        None,
        "failed",
    ),
    Row(
        "dials again at once",
        "logout",
        {"memory": [OPEN, CLOSE, CONNECTING], "logout": [LOGGED_OUT]},
        200,
        "action_not_confirmed",
        "connecting",
        None,
        "failed",
    ),
    Row(
        "500 and still there",
        "logout",
        {"memory": [OPEN], "logout": [ZOMBIE_LOGOUT]},
        200,
        "action_not_confirmed",
        "connected",
        None,
        "failed",
        V160,
    ),
    Row(
        "500 and out all the same",
        "logout",
        {"memory": [OPEN, CLOSE], "logout": [ZOMBIE_LOGOUT]},
        200,
        None,
        "disconnected",
        None,
        "succeeded",
        V160,
    ),
    Row(
        "refused as still connected",
        "delete",
        {"memory": [OPEN], "logout": [DONE], "delete": [STILL_CONNECTED], "webhook": [NO_WEBHOOK]},
        409,
        "conflict",
        "connected",
        None,
        "failed",
        V160,
    ),
    Row(
        "gone",
        "delete",
        {"memory": [CLOSE, UNSEEN], "delete": [DONE], "instance": [UNSEEN], "webhook": [NO_WEBHOOK]},
        200,
        None,
        "",
        None,
        "succeeded",
    ),
    Row(
        "gone before",
        "delete",
        {"memory": [UNSEEN], "instance": [EMPTY], "webhook": [UNSEEN]},
        200,
        None,
        "",
        None,
        "succeeded",
    ),
)
ROUTES = {
    "connectionState": "memory", "connect": "connect", "restart": "restart", "logout": "logout", "delete": "delete",
    "fetchInstances": "instance", "find": "webhook",
}  # fmt: skip


class Scripted:
    """A server that answers from a script."""

    def __init__(self, script: Script) -> None:
        self._left = {call: list(answers) for call, answers in script.items()}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        call = ROUTES[request.url.path.split("/")[2]]
        self.asked.append(call)
        answers = self._left[call]
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return httpx.Response(status, text=body if isinstance(body, str) else json.dumps(body))


@dataclass
class Stage:
    """A registry with one instance on one scripted server."""

    parts: Parts
    api: Api
    instance_id: str

    def operation(self) -> dict[str, Any]:
        with self.parts.database.transaction() as connection:
            found = connection.execute("SELECT * FROM operations").fetchall()
        assert len(found) == 1
        return found[0]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for comes at once, or never."""
    monkeypatch.setattr("manage_instance.connecting.RETRY_AFTER_S", (0.001, 0.001, 0.001))
    for name in ("ending.CLOSED_WITHIN_S", "ending.STAYS_CLOSED_FOR_S", "restarting.BACK_WITHIN_S"):
        monkeypatch.setattr(f"manage_instance.{name}", 0.01)
    for name in ("acting.POLL_S", "ending.POLL_S", "ending.LOGOUT_BEFORE_DELETE_S"):
        monkeypatch.setattr(f"manage_instance.{name}", 0.001)


@pytest.fixture
def stages(database_url: str) -> Iterator[Any]:
    """Sets the stage for a script."""
    key = Fernet.generate_key().decode()
    settings = Settings("local", database_url, (key,), "http://127.0.0.1:8400", None, None)
    keyring = Keyring(settings.keys)
    made: list[tuple[Parts, GatewayHttp]] = []

    def stage(script: Script, version: str, before: Mapping[str, object]) -> Stage:
        http = GatewayHttp(local=True, transport=httpx.MockTransport(Scripted(script)))
        parts = Parts(
            settings, Database(database_url), keyring,
            lambda s: open_gateway("evolution", s.base_url, "k", version=s.version, webhook_shape=None, http=http),
        )  # fmt: skip
        made.append((parts, http))
        with parts.database.transaction() as connection:
            known = rows.registry(connection)
            connection.execute("UPDATE servers SET version = %s, key_id = %s", [version, keyring.primary])
            columns = ", ".join(f"{name} = %s" for name in before)
            connection.execute(f"UPDATE wa_sessions SET {columns}", list(before.values()))
        app = build(parts)
        return Stage(parts, Api(lambda e, c: serve(app, e, c)), str(known.instance_id))

    yield stage
    for parts, http in made:
        parts.run(http.aclose())
        parts.close()


@pytest.mark.skipif(not recordings.ROOT.is_dir(), reason="needs the recordings")
@pytest.mark.parametrize("row", TABLE, ids=[f"{row.action}: {row.what}" for row in TABLE])
def test_every_recorded_answer_ends_in_one_status_one_error_and_one_outcome(row: Row, stages: Any) -> None:
    stage = stages(row.script, row.version, row.before)
    one = f"/api/instances/{stage.instance_id}"
    reply = stage.api("DELETE", one) if row.action == "delete" else stage.api.post(f"{one}/{row.action}")
    body = reply.json
    said = body.get("code") or (body.get("detail") or {}).get("code") or body.get("reason")
    assert (reply.status, said) == (row.http, row.said), reply.text
    assert stage.operation()["state"] == row.operation
    shown = stage.api.get(one)
    if row.status == "":
        assert shown.status == 404
        return
    error = shown.json["last_error"] and shown.json["last_error"]["code"]
    assert (shown.json["status"], error) == (row.status, row.last_error)
    assert shown.json["open_operation"] is None


def test_what_a_gateway_says_never_reaches_the_operator_but_is_kept_without_its_secrets(stages: Any) -> None:
    said = "PrismaClientKnownRequestError at /app/dist/main.js token=canary-secret-1234 for 628123456789@s.whatsapp.net"
    script: Script = {"memory": [CLOSE], "connect": [(500, {"status": 500, "response": {"message": [said]}})]}
    stage = stages(script, V2, NEW)
    reply = stage.api.post(f"/api/instances/{stage.instance_id}/connect")
    assert (reply.status, reply.json["code"]) == (502, "server_error")
    shown = stage.api.get(f"/api/instances/{stage.instance_id}").text + reply.text
    assert "Prisma" not in shown
    kept = stage.operation()["evidence"]["said"]
    assert "PrismaClientKnownRequestError" in kept
    assert "canary-secret" not in kept and "628123456789" not in kept
    assert stage.api.get("/api/ops-logs").json["items"][0]["detail"]["said"] == kept

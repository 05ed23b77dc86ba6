"""A simulated node sends what was recorded, when it was recorded, and dies as the real one does."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sambung.domain.instance import Seen
from sambung.gateways.signatures import Verdict, verify
from sambung.gateways.webjs.webhooks import parse_webhook
from simulator.process import SimulatorProcess
from simulator.webjs.storage import Storage
from tests.contract import recordings
from tests.contract.webjs.backend import ACTIVE, DOOR, Backend, Received

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

recordings.require()

SPEED = 20.0
KEY, SECRET = "lab-api-key", "lab-hmac-secret-0123456789abcdef0123456789abcdef"
NAME, NUMBER = "webjs_1_1732000003_cccccc03", "62811801641"
OWNER = {"session_id": NAME, "workspace_id": 1, "account_id": 7, "api_key": KEY}


def node(backend: str | None, *options: str, speed: float = SPEED, storage: Path | None = None) -> SimulatorProcess:
    heard = () if backend is None else ("--backend", backend)
    return SimulatorProcess(
        "1", kind="webjs", api_key=KEY, speed=speed, state_file=storage, options=("--secret", SECRET, *heard, *options)
    )


def start(fleet: list[SimulatorProcess], running: ExitStack) -> None:
    """All at once, as a machine's own start does it."""
    with ThreadPoolExecutor(len(fleet)) as pool:
        for one in pool.map(SimulatorProcess.start, fleet):
            running.callback(one.stop)


def create(running: SimulatorProcess, name: str = NAME) -> httpx.Response:
    return httpx.post(f"{running.url}/api/sessions", json={**OWNER, "session_id": name}, timeout=20)


def send(running: SimulatorProcess) -> httpx.Response:
    body = {**OWNER, "recipient_phone": "628123456789", "message": "halo", "type": "text"}
    return httpx.post(f"{running.url}/api/messages/send", json=body, timeout=20)


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as listening:
        yield listening


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    return type(value).__name__


def recorded_shapes() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    bodies = [webhook.body for webhook in recordings.webhooks("webjs")]
    rows = recordings.load("webjs", "retry-policy.json")
    bodies += [attempt for row in rows for attempt in row.get("attempts", ()) if "data" in attempt]
    for body in bodies:
        found.setdefault(body["event"], []).append(shape(body["data"]))
    return found


def is_signed(received: Received) -> bool:
    stamp, signature = received.headers["x-timestamp"], received.headers["x-hmac-signature"]
    return verify(received.raw, stamp, signature, [SECRET], datetime.now(UTC)) is Verdict.OK


def test_the_life_of_a_session_is_told_as_recorded(backend: Backend) -> None:
    """Code, pairing, messages, a false reconnect, a true one, removal by the phone, and a session without a number."""
    with node(backend.url, "--announce", "http://localhost:3002", speed=60) as running:
        create(running)
        backend.wait_event("qr_code_generated")
        running.control(f"sessions/{NAME}/pair", {"number": NUMBER})
        backend.wait_event("session_ready")
        assert send(running).json()["message_id"]
        running.control(f"sessions/{NAME}/message", {"text": "halo"})
        backend.wait_event("message_received")
        running.control(f"sessions/{NAME}/drop", {"reason": "CONFLICT"})
        backend.wait_event("session_reconnected")
        assert send(running).status_code == 400, "the reconnect is false"
        httpx.post(f"{running.url}/api/sessions/{NAME}/reconnect", json=OWNER, timeout=20)
        backend.wait_event("session_ready", 2)
        running.control(f"sessions/{NAME}/drop", {"reason": "LOGOUT"})
        backend.wait_event("session_disconnected", 2)
        create(running, "webjs_1_1732000004_noinfo")
        running.control("sessions/webjs_1_1732000004_noinfo/pair", {"number": None})
        backend.wait_event("session_error")
        running.control("settings", {"browser_starts": False})
        running.control("sessions/webjs_1_1732000004_noinfo/drop", {"reason": "UNPAIRED"})
        backend.wait_event("session_reconnect_failed")

    recorded = recorded_shapes()
    for received in backend.events():
        assert shape(received.body["data"]) in recorded[received.event], received.event
        assert list(received.body) == ["event", "data"]
        assert is_signed(received)
        assert received.headers["x-instance-url"] == "http://localhost:3002"
        event = parse_webhook(received.raw, instance_url="x", received_at=datetime.now(UTC))
        assert event.known
        assert (event.qr is not None) is (event.seen is Seen.QR)


RETRIES = ("401 always", "422 always", "500 always", "503 always", "302 redirect", "429 always", "429 once")
UNTAKEN = {"ready-500": "session_ready answered 500", "ready-429": "session_ready answered 429"}


def policy(name: str) -> list[dict[str, Any]]:
    """The attempts recorded in the row whose name starts so."""
    rows = recordings.load("webjs", "retry-policy.json")
    attempts: list[dict[str, Any]] = next(row["attempts"] for row in rows if row["name"].startswith(name))
    return attempts


def retried(row: str) -> str:
    return "code-" + row.replace(" ", "-")


@pytest.fixture(scope="module")
def refused() -> Iterator[tuple[SimulatorProcess, Backend]]:
    """A node whose events are refused in every recorded way, each way to a session of its own."""
    statuses = {("qr_code_generated", retried(row)): [a["answered"] for a in policy(row)] for row in RETRIES}
    statuses |= {("session_ready", session): [int(session[-3:])] for session in UNTAKEN}
    with Backend(statuses) as backend, node(backend.url) as running:
        running.control("settings", {"qr_refresh_s": 3600})
        for row in RETRIES:
            create(running, retried(row))
        for session in UNTAKEN:
            running.control(f"sessions/{session}/appear", {"number": NUMBER})
        yield running, backend


@pytest.mark.parametrize("row", RETRIES)
def test_what_is_not_taken_is_tried_again_as_recorded(refused: tuple[SimulatorProcess, Backend], row: str) -> None:
    recorded, session = policy(row), retried(row)
    ours = refused[1].wait_for(len(recorded), lambda r: (r.event, r.session) == ("qr_code_generated", session))
    waits = [(later.at - earlier.at) * SPEED for earlier, later in pairwise(ours)]
    wanted = [later["t_s"] - earlier["t_s"] for earlier, later in pairwise(recorded)]
    assert all(waited >= least - 0.1 for waited, least in zip(waits, wanted, strict=True))
    assert all(is_signed(received) for received in ours)


def test_nothing_is_tried_more_often_than_recorded(refused: tuple[SimulatorProcess, Backend]) -> None:
    running, backend = refused
    backend.wait_for(2, lambda received: received.event == "session_error")
    backend.wait_for(4, lambda received: received.session == retried("429 always"))
    tried = [(a["session"], a["event"], a["status"]) for a in running.state()["delivered"]]
    for row in RETRIES:
        answered = [status for session, _, status in tried if session == retried(row)]
        assert answered == [attempt["answered"] for attempt in policy(row)]


@pytest.mark.parametrize("session", UNTAKEN)
def test_a_session_ready_nobody_takes_ends_in_a_session_error(
    refused: tuple[SimulatorProcess, Backend], session: str
) -> None:
    recorded = policy(UNTAKEN[session])
    ours = refused[1].wait_for(len(recorded), lambda received: received.session == session)
    assert [received.event for received in ours] == [attempt["event"] for attempt in recorded]
    assert {**ours[-1].body["data"], "session_id": ""} == {**recorded[-1]["data"], "session_id": ""}


def test_a_refused_connection_is_tried_four_times_over_14_s_and_a_create_over_its_limit_ends_the_node() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with node(f"http://127.0.0.1:{closed.getsockname()[1]}", speed=100) as running:
            running.control(f"sessions/{NAME}/appear", {"number": NUMBER})
            ready: list[dict[str, Any]] = []
            while len(ready) < 4:
                ready = [a for a in running.state()["delivered"] if a["event"] == "session_ready"]
            running.control("settings", {"browser_hangs": True})
            with pytest.raises(httpx.RemoteProtocolError):
                create(running)
    waits = [(later["at"] - earlier["at"]) * 100 for earlier, later in pairwise(ready)]
    assert all(waited >= wanted - 0.1 for waited, wanted in zip(waits, (2, 4, 8), strict=True))
    assert {attempt["status"] for attempt in ready} == {None}


def restoration() -> dict[str, Any]:
    found: dict[str, Any] = recordings.load("webjs", "restoration.json")[1]
    return found


def test_four_nodes_that_start_restore_the_session_each_as_recorded(tmp_path: Path) -> None:
    recorded = restoration()
    wanted = recorded["accounts_active_answer"]["sessions"]
    with Backend(active=wanted) as backend, ExitStack() as running:
        Storage(tmp_path).pair((1, "webjs_1_1732000011_two00001"), NUMBER)
        ports = [3001, 3002, 3003, 3004]
        fleet = [node(backend.url, "--announce", f"http://localhost:{port}", storage=tmp_path) for port in ports]
        start(fleet, running)
        ready = backend.wait_event("session_ready", 4)
        backend.wait_for(4, lambda received: "mark-disconnected" in received.path)
        ours = [(r.method, r.path, r.event) for r in backend.received if r.event != "qr_code_generated"]
        assert {r.headers["x-instance-url"] for r in ready} == {f"http://localhost:{port}" for port in ports}
        assert {r.headers.get("x-api-key") for r in backend.received if r.path != DOOR} == {KEY}
        listed = httpx.get(f"{fleet[0].url}/api/sessions", params={"api_key": KEY}).json()["sessions"]
    assert {(s["session_id"], s["status"]) for s in listed} == {
        (s["session_id"], s["status"])
        for s in recordings.load("webjs", "restoration.json")[3]["by_node"]["3001"]["sessions"]
    }
    calls = [c["request"] for c in recorded["calls_received"]]
    theirs = [(c["method"], c["path"], (c["body"] or {}).get("event", "")) for c in calls]
    assert sorted(ours) == sorted(call for call in theirs if call[2] != "qr_code_generated")


def test_with_the_browsers_lock_one_node_restores_it_and_the_other_says_why_not(tmp_path: Path) -> None:
    wanted = restoration()["accounts_active_answer"]["sessions"][:1]
    with Backend(active=wanted) as backend, ExitStack() as running:
        Storage(tmp_path).pair((1, wanted[0]["session_id"]), NUMBER)
        start([node(backend.url, "--profile-lock", storage=tmp_path) for _ in range(2)], running)
        marks = backend.wait_for(1, lambda received: "mark-disconnected" in received.path)
        backend.wait_event("session_ready")
        assert len(backend.events("session_ready")) == 1
    recorded = recordings.load("webjs", "restoration.json")[4]["calls_received"]
    assert {mark.body["reason"] for mark in marks} == {c["body"]["reason"] for c in recorded if "mark" in c["path"]}


def test_a_send_over_its_limit_kills_the_whole_node() -> None:
    with node(None, speed=200) as running:
        running.control(f"sessions/{NAME}/appear", {"number": NUMBER})
        running.control(f"sessions/{NAME}/hang", {"on": True})
        with pytest.raises(httpx.RemoteProtocolError):
            send(running)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{running.url}/health")


def test_no_state_shows_a_key_and_a_backend_that_knows_no_sessions_has_none_restored() -> None:
    with Backend(active=404) as backend, node(backend.url) as running:
        backend.wait_for(1, lambda received: received.path == ACTIVE)
        assert running.instances() == {}
        httpx.get(f"{running.url}/api/sessions", params={"api_key": KEY})
        create(running, "another")
        shown = json.dumps(running.state())
        assert "another" in shown
        assert KEY not in shown
        assert SECRET not in shown

"""Every recorded call of a kind the client makes gets the recorded status and shape from the simulated node."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from simulator.process import SimulatorProcess
from tests.contract import recordings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.recordings import Exchange

recordings.require()

SPEED = 20.0
FILES = ("health.json", "sessions.json", "messages.json")
ALPHA, BETA = "webjs_1_1732000001_aaaaaa01", "webjs_1_1732000002_bbbbbb02"
NUMBER = "62811801641"
PATIENCE_S = 5.0

# Routes the project's client never calls, each with the rows it leaves out.
NEVER_CALLED = re.compile(
    r"/health/metrics|/regenerate-qr|/restore|/qr$|send-media|send-template|bulk-send|/validate|/api/internal|message_id=|^PUT"
)
# Only their status and their words are held: the real bodies are pages of the framework or lists of links.
FREE_BODIES = frozenset({"create, malformed JSON", "root"})
# What no two runs have in common.
VOLATILE = frozenset(
    {
        *(
            "timestamp",
            "lastActivity",
            "uptime",
            "start_time",
            "used",
            "total_mb",
            "heap_used",
            "heap_total",
            "external",
            "rss",
            "user",
        ),
        *("system", "pid", "port", "connected_at", "last_activity", "createdAt", "performanceStart", "qrCode", "total"),
        *("qrGeneratedAt", "authenticatedAt", "connectedAt", "message_id", "uptime_hours", "uptime_seconds"),
    }
)
Step = tuple[str, dict[str, Any]]
# What the laboratory did before a row, in the order of the recording.
BEFORE: dict[str, tuple[Step, ...]] = {
    "create A again (duplicate), stub profile lock ON (model of Chromium's SingletonLock)": (
        ("settings", {"profile_lock": True}),
        (f"sessions/{ALPHA}/relaunch", {}),
    ),
    "status of A after the failed duplicate": (("settings", {"profile_lock": False}),),
    "create, browser cannot start": (("settings", {"browser_starts": False}),),
    "create B, ok": (("settings", {"browser_starts": True}),),
    "status of A just after 'authenticated'": ((f"sessions/{ALPHA}/pair", {"number": NUMBER}),),
    "send, library throws": (("settings", {"library_throws": True}),),
    "send-media, missing media_url": (("settings", {"library_throws": False}),),
}
# How the node's sessions stand before a file, as the recording's own order of files left them.
STANDING: dict[str, dict[str, str]] = {
    "messages.json": {ALPHA: "connected", BETA: "qr_scanning"},
    "health.json": {},
    "sessions.json": {},
}


# These saw sessions that another file of the recording made.
OTHER_SESSIONS = frozenset(
    {
        "health, sessions in different states",
        "health/detailed, sessions in different states",
        "health/ready, with sessions",
        "health, exactly 2 sessions (1 connected, 1 qr_scanning)",
        "health/detailed, exactly 2 sessions (1 connected, 1 qr_scanning)",
        "health/ready, exactly 2 sessions (1 connected, 1 qr_scanning)",
        "list of exactly 2 sessions",
    }
)


def is_asked(exchange: Exchange) -> bool:
    """Whether the project's client asks such a thing."""
    return NEVER_CALLED.search(f"{exchange.request.method} {exchange.request.path}") is None


class Replay:
    """One simulated node and what it answered, by file and row."""

    def __init__(self, node: SimulatorProcess) -> None:
        self.node = node
        self.client = httpx.Client(base_url=node.url, timeout=10, trust_env=False)
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}

    def run(self) -> None:
        # A busy machine must not see a code before the one that is recorded.
        self.node.control("settings", {"qr_refresh_s": 3600})
        for file in FILES:
            self._stand(file)
            for row in recordings.load("webjs", file):
                for path, body in BEFORE.get(row["name"], ()):
                    self.act(path, body)
                exchange = recordings.as_exchange(file, row)
                if exchange is not None and is_asked(exchange) and exchange.name not in OTHER_SESSIONS:
                    self.answers[file, exchange.name] = self._call(exchange)

    def _stand(self, file: str) -> None:
        for name, status in STANDING[file].items():
            if name not in self.node.instances():
                self.client.post(
                    "/api/sessions", json={"session_id": name, "workspace_id": 1, "api_key": "lab-api-key"}
                )
            if status == "connected":
                self.act(f"sessions/{name}/appear", {"number": NUMBER})

    def act(self, path: str, body: dict[str, Any]) -> None:
        if not path.endswith("/relaunch"):
            self.node.control(path, body)
            return
        # With the lock on, the session that runs holds it.
        name = path.split("/")[1]
        owner = {"api_key": "lab-api-key", "workspace_id": 1, "session_id": name}
        self.client.request("DELETE", f"/api/sessions/{name}", json=owner)
        self.client.post("/api/sessions", json=owner)

    def _call(self, exchange: Exchange) -> tuple[int, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = self._once(exchange)
            # A login takes its time here as there.
            settled = exchange.request.method != "GET" or not list(differences(exchange, answer))
            if settled or time.monotonic() > deadline:
                return answer
            time.sleep(0.02)

    def _once(self, exchange: Exchange) -> tuple[int, Any]:
        request = exchange.request
        content = request.body if isinstance(request.body, str) else None
        response = self.client.request(
            request.method,
            request.path,
            headers=dict(request.headers),
            content=content,
            json=request.body if isinstance(request.body, dict) else None,
        )
        try:
            return response.status_code, response.json()
        except ValueError:
            return response.status_code, response.text


def differences(exchange: Exchange, got: tuple[int, Any]) -> Iterator[str]:
    """Say where an answer differs from the recorded one."""
    status, body = got
    if status != exchange.response.status:
        yield f"status {exchange.response.status} was recorded, got {status} with {str(body)[:200]}"
    elif exchange.name not in FREE_BODIES:
        yield from _between(exchange.response.body, body, "body")


def _between(recorded: Any, got: Any, where: str) -> Iterator[str]:
    name = where.rpartition(".")[2]
    numbers = isinstance(recorded, int | float) and isinstance(got, int | float)
    if type(recorded) is not type(got) and not (name in VOLATILE and numbers):
        yield f"{where}: {recorded!r} was recorded, got {got!r}"
    elif isinstance(recorded, dict):
        for key in recorded.keys() ^ got.keys():
            yield f"{where}.{key}: {'missing' if key in recorded else 'not recorded'}"
        for key in recorded.keys() & got.keys():
            yield from _between(recorded[key], got[key], f"{where}.{key}")
    elif isinstance(recorded, list) and recorded and isinstance(recorded[0], dict):
        yield from _rows(recorded, got, where)
    elif recorded != got and name not in VOLATILE:
        yield f"{where}: {recorded!r} was recorded, got {got!r}"


def _rows(recorded: list[dict[str, Any]], got: list[dict[str, Any]], where: str) -> Iterator[str]:
    """The order of sessions means nothing."""
    theirs = {row.get("session_id"): row for row in got}
    for row in recorded:
        name = row.get("session_id")
        if name in theirs:
            yield from _between(row, theirs[name], f"{where}[{name}]")
        else:
            yield f"{where}[{name}]: missing"


@pytest.fixture(scope="module")
def replayed() -> Iterator[dict[tuple[str, str], tuple[int, Any]]]:
    with SimulatorProcess("1", kind="webjs", api_key="lab-api-key", speed=SPEED) as node:
        replay = Replay(node)
        with replay.client:
            replay.run()
        yield replay.answers


def _asked() -> list[Exchange]:
    return [e for e in recordings.exchanges("webjs", *FILES) if is_asked(e)]


@pytest.mark.parametrize("exchange", [e for e in _asked() if e.name not in OTHER_SESSIONS], ids=lambda e: e.id)
def test_a_recorded_call_gets_the_recorded_answer(
    replayed: dict[tuple[str, str], tuple[int, Any]], exchange: Exchange
) -> None:
    assert list(differences(exchange, replayed[exchange.file, exchange.name])) == []


def test_the_health_of_two_sessions_is_as_recorded() -> None:
    one, two = "webjs_1_1732000011_two00001", "webjs_1_1732000012_two00002"
    with SimulatorProcess("1", kind="webjs", api_key="lab-api-key", speed=SPEED) as node:
        replay = Replay(node)
        with replay.client:
            owner = {"workspace_id": 1, "api_key": "lab-api-key"}
            replay.client.post("/api/sessions", json={"session_id": two, **owner})
            replay.act(f"sessions/{one}/appear", {"number": NUMBER})
            for exchange in _asked():
                if "exactly 2" in exchange.name:
                    assert list(differences(exchange, replay._once(exchange))) == []

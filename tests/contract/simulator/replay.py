"""Replays a recording against a running simulator, call by call, with the laboratory's commands in between."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import httpx

from simulator.process import SimulatorProcess
from tests.contract import recordings
from tests.contract.simulator import exclusions, scenarios
from tests.contract.simulator.receiver import Received, Receiver
from tests.contract.simulator.scenarios import Ask, Do, Until
from tests.contract.simulator.shapes import differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.contract.recordings import Exchange, Row
    from tests.contract.simulator.scenarios import Action, Group

PATIENCE_SECONDS = 2.0
CALL_SECONDS = 30.0
READS = ("/instance/connectionState/", "/instance/fetchInstances", "/webhook/find/")


@dataclass(frozen=True)
class Played:
    """What the simulator answered where the real server's answer is recorded."""

    status: int
    body: Any


@dataclass(frozen=True)
class Replayed:
    """A group after its replay: answers by (file, row), webhooks as they came."""

    answers: dict[tuple[str, int], Played]
    states: dict[tuple[str, int], str | None]
    webhooks: list[Received]


class Replay:
    """One group, one simulator, one receiver."""

    def __init__(self, group: Group, simulator: SimulatorProcess, receiver: Receiver) -> None:
        self.group = group
        self.simulator = simulator
        self.receiver = receiver
        self.client = httpx.Client(base_url=simulator.url, timeout=CALL_SECONDS, trust_env=False)
        self.tokens: dict[str, str] = {}
        self.answers: dict[tuple[str, int], Played] = {}
        self.states: dict[tuple[str, int], str | None] = {}

    def run(self) -> Replayed:
        with self.client:
            for file in self.group.files:
                seen: Counter[str] = Counter()
                for index, row in enumerate(recordings.load(self.group.folder, file)):
                    if "request" not in row:
                        continue
                    seen[row["name"]] += 1
                    self._prepare(file, row, seen[row["name"]])
                    self._row(file, index, row)
        return Replayed(self.answers, self.states, list(self.receiver.received))

    def _prepare(self, file: str, row: Row, time_seen: int) -> None:
        name = row["name"] if time_seen == 1 else f"{row['name']}#{time_seen}"
        for action in scenarios.BEFORE.get(file, {}).get(name, ()):
            self._act(action)

    def _row(self, file: str, index: int, row: Row) -> None:
        if row.get("lab_control"):
            for action in scenarios.translate(row["request"]["path"], row["request"].get("body")):
                self._act(action)
            return
        polled = ends_in(row)
        if polled is not None:
            self.states[file, index] = self._settled(polled)
            return
        exchange = recordings.as_exchange(file, row)
        if exchange is not None and exclusions.reason(exchange) is None:
            self.answers[file, index] = self._play(exchange)

    def _play(self, exchange: Exchange) -> Played:
        deadline = time.monotonic() + PATIENCE_SECONDS
        read = exchange.request.method == "GET" and exchange.request.path.startswith(READS)
        while True:
            played = self._call(exchange)
            # A real second passes in 50 ms here, so a state may need another look.
            if not read or time.monotonic() > deadline or not any(mismatches(exchange, played)):
                return played
            time.sleep(0.01)

    def _call(self, exchange: Exchange) -> Played:
        request = exchange.request
        headers = {name: self.tokens.get(value, value) for name, value in request.headers.items()}
        content = None if request.body is None else self._ours(request.body)
        if exchange.name == "malformed json" or request.raw is not None:
            content = (request.raw or str(request.body)).encode()
        response = self.client.request(request.method, request.path, headers=headers, content=content)
        body = self._theirs(response)
        self._learn(exchange.response.body, body)
        return Played(response.status_code, body)

    def _learn(self, recorded: Any, got: Any) -> None:
        """Remember which token of ours stands for a recorded one."""
        if isinstance(recorded, dict) and isinstance(got, dict) and "hash" in recorded and "hash" in got:
            token = recorded["hash"], got["hash"]
            before, now = (each["apikey"] if isinstance(each, dict) else each for each in token)
            self.tokens[before] = now

    def _ours(self, body: Any) -> bytes:
        return json.dumps(body).replace(self.group.url, self.receiver.url).encode()

    def _theirs(self, response: httpx.Response) -> Any:
        text = response.text.replace(self.receiver.url, self.group.url)
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _act(self, action: Action) -> None:
        match action:
            case Do(path, body):
                self._do(path, json.loads(self._ours(body)))
            case Ask(method, path, body):
                self.client.request(method, path, json=body, headers={"apikey": self.simulator.api_key})
            case Until():
                self._until(action)

    def _do(self, path: str, body: dict[str, Any]) -> None:
        """Steer the laboratory; a phone that finds nothing to scan yet tries again, as a person does."""
        deadline = time.monotonic() + PATIENCE_SECONDS * 2
        while True:
            try:
                self.simulator.control(path, body)
            except HTTPError as error:
                if error.code != HTTPStatus.CONFLICT or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def _memory(self, instance: str) -> str | None:
        found = self.simulator.instances().get(instance)
        return None if found is None else str(found["memory"])

    def _until(self, awaited: Until) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS * 2
        while not satisfied(awaited, found := self.simulator.instances().get(awaited.instance)):
            assert time.monotonic() < deadline, f"{self.group.name}: {awaited} never came, but {found}"
            time.sleep(0.01)

    def _settled(self, polled: tuple[str, str | None]) -> str | None:
        """The state an instance comes to: the recorded one, or what it was when patience ran out."""
        name, wanted = polled
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (state := self._memory(name)) != wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        return state


def satisfied(awaited: Until, found: dict[str, Any] | None) -> bool:
    """Whether an instance is as awaited."""
    if awaited.wanted is None or found is None:
        return awaited.wanted is None and found is None
    return all(
        found[key] >= value if key == "qr_count" else found[key] == value for key, value in awaited.wanted.items()
    )


def ends_in(row: Row) -> tuple[str, str | None] | None:
    """The instance and last state of a row that polled one; None for other rows, state None where it was gone."""
    response = row.get("response") or {}
    polled = response.get("polled_s_state") or response.get("polled")
    if not polled:
        return None
    last = polled[-1][1]
    return row["request"]["path"].rpartition("/")[2], None if last == "HTTP 404" else last


def mismatches(exchange: Exchange, played: Played) -> Iterator[str]:
    """Say how an answer differs from the recorded one."""
    if played.status != exchange.response.status:
        yield f"status {exchange.response.status} was recorded, got {played.status} with {str(played.body)[:200]}"
        return
    recorded: Any = exchange.response.body
    if (exchange.file, exchange.name) in exclusions.LATER_COUNT and played.body["count"] == recorded["count"] + 1:
        recorded = {**recorded, "count": played.body["count"]}
    yield from differences(recorded, played.body)


def replay(group: Group) -> Replayed:
    """Start what a group needs, and replay it."""
    with (
        Receiver(group.speed) as receiver,
        SimulatorProcess(group.version, speed=group.speed) as simulator,
    ):
        simulator.control("settings", dict(group.settings))
        return Replay(group, simulator, receiver).run()


def strange_orders(group: Group, replayed: Replayed) -> dict[str, list[tuple[str, int]]]:
    """The instances that told their states in an order nobody recorded, by name."""
    recorded = told_states(webhook.body for webhook in recordings.webhooks(group.folder))
    ours = told_states(sorted((each.body for each in replayed.webhooks), key=lambda body: str(body["date_time"])))
    return {
        name: told
        for name, told in ours.items()
        if name not in exclusions.SEVERAL_STORIES and not _within(told, recorded[name])
    }


def told_states(bodies: Iterable[dict[str, Any]]) -> dict[str, list[tuple[str, int]]]:
    """The connection states each instance told, in the order given."""
    told: dict[str, list[tuple[str, int]]] = {}
    for body in bodies:
        if body["event"] == "connection.update":
            told.setdefault(body["instance"], []).append((body["data"]["state"], body["data"]["statusReason"]))
    return told


def _within(part: list[tuple[str, int]], whole: list[tuple[str, int]]) -> bool:
    return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))


def failures(group: Group, replayed: Replayed) -> int:
    """How many recorded answers, last states and orders of events a replay missed."""
    missed = len(strange_orders(group, replayed))
    for file in group.files:
        for index, row in enumerate(recordings.load(group.folder, file)):
            exchange, polled = recordings.as_exchange(file, row), ends_in(row)
            if polled is not None:
                missed += replayed.states[file, index] != polled[1]
            elif exchange is not None and exclusions.reason(exchange) is None:
                missed += any(mismatches(exchange, replayed.answers[file, index]))
    return missed

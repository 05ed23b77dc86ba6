"""A message to a number that has moved, and a sweep, while one server hangs: what the hung one costs the others."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, cast

import httpx
from aws_lambda_powertools.utilities.typing import LambdaContext

from bench.farm import farm
from bench.figure import Aim, Figure, of_pairs
from bench.nodes import HUNG_S, Node, nodes
from bench.scale import Scale
from bench.stage import API_KEY, Context, Server, Stage, server_with
from local.events import Identity, Request, http_event
from local.routes import Match
from local.template import Route

NODES: Final = 4
SWEPT: Final = 10
# Few: it is the waiting that is measured, and a busy machine shall not be what is waited for.
INSTANCES_EACH: Final = 5
SEND_AIM: Final = Aim("<=", 1.5)
SWEEP_AIM: Final = Aim("<=", 1.2)
DIRECTLY: Final = "one read and one message, asked of the slowest healthy node alone"
IN_A_ROW: Final = "a scan one after the other, each given up after its time, and the message"
TO: Final = "6281300000009"
# The session of a number that has moved is on the last node, which is the slowest of the healthy ones.
_FASTER: Final = (0.25, 0.5)


class DifferentOutcome(RuntimeError):
    """What is timed did not do what it is timed for."""


def figures(stage: Stage, scale: Scale) -> Iterator[Figure]:
    """The message first, then the sweep."""
    yield from _sends(stage, scale)
    yield _sweep(stage, scale)


# ---------------------------------------------------------------- a message


def _sends(stage: Stage, scale: Scale) -> Iterator[Figure]:
    """In turns: the message through the whole handler, to the node directly, and after a scan one after the other."""
    name = server_with(0, 1).instances[0][1]
    healthy = [Node(scale.answer_s * part) for part in _FASTER]
    with nodes([Node(HUNG_S), *healthy, Node(scale.answer_s, name)]) as urls, httpx.Client(trust_env=False) as client:
        moved = _Moved(stage, [replace(server_with(n, n == 0), url=url) for n, url in enumerate(urls)])
        plain = _Plain(client, urls, name, scale.give_up_s)
        moved.send()
        direct, scanned = [], []
        for _ in range(scale.send_rounds):
            took = moved.send()
            direct.append((took, plain.directly()))
            scanned.append((took, plain.in_a_row()))
        more = {"servers": NODES, "hung": 1, "answer_s": scale.answer_s}
        yield of_pairs("send_after_move_one_hung", "s", direct, against=DIRECTLY, aim=SEND_AIM, more=more)
        more = {**more, "given_up_after_s": scale.give_up_s}
        yield of_pairs("send_after_move_one_hung_in_a_row", "s", scanned, against=IN_A_ROW, more=more)


@dataclass(frozen=True, slots=True)
class _Moved:
    """A number whose row says that it is on the first server, which hangs."""

    stage: Stage
    servers: Sequence[Server]

    def send(self) -> float:
        """Seconds of one message through the handler, which finds the number on the last server."""
        from manage_instance.handler import lambda_handler

        self._forget()
        event = self._event()
        started = time.perf_counter()
        answer = lambda_handler(event, cast("LambdaContext", Context()))
        took = time.perf_counter() - started
        told = json.loads(str(answer["body"]))
        if told.get("server_id") != str(self.servers[-1].id) or not told["moved"]:
            raise DifferentOutcome(str(told))
        return took

    def _forget(self) -> None:
        """Nothing was sent or moved yet, nor is any server known to hang."""
        self.stage.refill(self.servers)
        self.stage.plain.execute("UPDATE servers SET kind = 'webjs', version = NULL")
        self.stage.plain.execute("UPDATE wa_sessions SET status = 'connected'")

    def _event(self) -> dict[str, Any]:
        instance_id = self.servers[0].instances[0][0]
        path, body = f"/api/instances/{instance_id}/messages", json.dumps({"to": TO, "text": "halo"}).encode()
        request = Request("POST", path, "", [("content-type", "application/json")], body, "127.0.0.1")
        match = Match(Route("POST", path, "bench", authorized=True), {})
        identity = Identity({"cognito:groups": "[operator]", "cognito:username": "bench"}, None)
        return http_event(request, match, identity, "bench", datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class _Plain:
    """The same requests through httpx alone."""

    client: httpx.Client
    urls: Sequence[str]
    name: str
    give_up_s: float

    def directly(self) -> float:
        return _timed(lambda: self._read(self.urls[-1]) and self._send(self.urls[-1]))

    def in_a_row(self) -> float:
        return _timed(lambda: self._send(next(url for url in self.urls if self._read(url))))

    def _read(self, url: str) -> bool:
        try:
            found = self.client.get(
                f"{url}/api/sessions/{self.name}/status", params={"api_key": API_KEY}, timeout=self.give_up_s
            )
        except httpx.TimeoutException:
            return False
        return found.status_code == httpx.codes.OK

    def _send(self, url: str) -> bool:
        body = {"session_id": self.name, "recipient_phone": TO, "message": "halo", "type": "text", "api_key": API_KEY}
        return self.client.post(f"{url}/api/messages/send", json=body, timeout=60).is_success


# ---------------------------------------------------------------- a sweep


def _sweep(stage: Stage, scale: Scale) -> Figure:
    """Until the last of nine healthy servers is written, with the tenth hung, and with all ten well."""
    wanted = [server_with(number, INSTANCES_EACH) for number in range(SWEPT)]
    with farm(wanted, scale.latency_s) as gateways, _silence() as nowhere:
        *healthy, last = gateways.servers
        well, one_hung = [*healthy, last], [*healthy, replace(last, url=nowhere)]
        _swept(stage, well, scale)
        pairs = [(_swept(stage, one_hung, scale), _swept(stage, well, scale)) for _ in range(scale.send_rounds)]
    more: Mapping[str, object] = {"servers": SWEPT, "hung": 1, "instances": SWEPT * INSTANCES_EACH}
    return of_pairs(
        "reconcile_one_hung_of_ten", "s", pairs, against="the same nine with the tenth well", aim=SWEEP_AIM, more=more
    )


def _swept(stage: Stage, servers: Sequence[Server], scale: Scale) -> float:
    """Seconds from the start of a sweep until the first nine are written, by the database's clock."""
    from reconciler.outcome import Scope
    from reconciler.sweep import sweep
    from sambung.edge.wiring import parts_from_environment

    stage.refill(servers)
    parts = parts_from_environment()
    try:
        began = stage.plain.execute("SELECT clock_timestamp() AS at").fetchone()
        result = sweep(parts, Scope(), seconds=scale.sweep_s)
    finally:
        parts.close()
    done = stage.plain.execute(
        "SELECT extract(epoch FROM max(completed_at) - %s)::float AS took, count(completed_at) AS servers"
        " FROM server_sweeps WHERE server_id = ANY(%s)",
        [began and began["at"], [one.id for one in servers[: SWEPT - 1]]],
    ).fetchone()
    swept = sum(one.outcome == "swept" for one in result.servers)
    if done is None or min(done["servers"], swept) < SWEPT - 1:
        raise DifferentOutcome(str(result.counts()))
    return float(done["took"])


@contextmanager
def _silence() -> Iterator[str]:
    """The address of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


def _timed(work: Callable[[], bool]) -> float:
    started = time.perf_counter()
    if not work():
        raise DifferentOutcome
    return time.perf_counter() - started

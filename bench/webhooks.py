"""Webhook events per second through the handler, beside the very statements it sent, sent again by psycopg alone."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final, TypeAlias
from unittest.mock import patch

import psycopg

from bench.figure import Aim, Figure, compare
from bench.scale import Scale
from bench.stage import PUBLIC_URL, Context, Server, Stage, server_with
from local.events import Request, http_event
from local.routes import Match
from local.template import Route

Event: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Event, Any], Mapping[str, Any]]

AIM: Final = Aim(">=", 0.6)
AGAINST: Final = "the same statements and transactions through psycopg alone"
START: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# As large as the recorded ones.
IMAGE: Final = "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 35).decode()
_STATES: Final = ("connecting", "open", "close")


@dataclass
class Script:
    """What one event sends to the database: its statements, within a transaction or without."""

    in_transaction: bool = False
    statements: list[tuple[Any, Any]] = field(default_factory=list)


class DifferentOutcome(RuntimeError):
    """The statements alone did not leave what the handler left: the comparison would be of two different things."""


def figures(stage: Stage, scale: Scale) -> Iterator[Figure]:
    """One figure for each kind of event."""
    from webhook.handler import lambda_handler

    server = server_with(0, scale.event_instances)
    connection = [_event(stage, server, n, "connection.update", _state(server, n)) for n in range(scale.events)]
    qr = [_event(stage, server, n, "qrcode.updated", _qr(server, n)) for n in range(scale.events)]
    kinds = {"connection": ((), connection), "qr": ((), qr), "duplicate": (connection, connection)}
    for name, (before, timed) in kinds.items():
        yield _Kind(stage, lambda_handler, server, before, timed).figure(f"webhook_{name}_events", scale.rounds)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Events to time, after those that come before them untimed."""

    stage: Stage
    handler: Handler
    server: Server
    before: Sequence[Event]
    timed: Sequence[Event]

    def figure(self, name: str, rounds: int) -> Figure:
        scripts = self._recorded()
        left = self._left()
        ours_cpu, alone_cpu = _Meter(), _Meter()
        more: dict[str, object] = {"statements": len(scripts[0].statements), "events": len(scripts)}
        with self.stage.connect() as connection:

            def through_the_handler() -> float:
                self._reset()
                return ours_cpu.rate(lambda: self._send(self.timed), len(self.timed))

            def alone() -> float:
                self._reset()
                rate = alone_cpu.rate(lambda: _replay(connection, scripts), len(scripts))
                if self._left() != left:
                    raise DifferentOutcome(name)
                return rate

            found = compare(
                name,
                "events/s",
                measured=through_the_handler,
                reference=alone,
                against=AGAINST,
                rounds=rounds,
                aim=AIM,
                more=more,
            )
        # Of this process alone, which a busy machine does not change much.
        more |= {"cpu_us": ours_cpu.microseconds(), "reference_cpu_us": alone_cpu.microseconds()}
        return found

    def _recorded(self) -> list[Script]:
        self._reset()
        with _recording() as scripts:
            for event in self.timed:
                scripts.append(Script())
                self._send([event])
        return scripts

    def _reset(self) -> None:
        self.stage.refill([self.server])
        self._send(self.before)

    def _send(self, events: Sequence[Event]) -> None:
        context = Context()
        for event in events:
            answer = self.handler(event, context)
            if answer["statusCode"] != 200:  # noqa: PLR2004  the one that says it was kept
                raise DifferentOutcome(f"the handler answered {answer['statusCode']}: {answer['body']}")

    def _left(self) -> object:
        return self.stage.plain.execute(
            """
            SELECT (SELECT count(*) FROM webhook_events) AS events, (SELECT count(*) FROM status_transitions) AS moves,
                   (SELECT sum(revision) FROM wa_sessions) AS revisions
            """
        ).fetchone()


@contextmanager
def _recording() -> Iterator[list[Script]]:
    """Notes what is executed into the last script of the list."""
    scripts: list[Script] = []
    execute, transaction = psycopg.Cursor.execute, psycopg.Connection.transaction

    def noting_execute(cursor: Any, query: Any, params: Any = None, **more: Any) -> Any:  # noqa: ANN401  psycopg's own
        if scripts:
            scripts[-1].statements.append((query, params))
        return execute(cursor, query, params, **more)

    def noting_transaction(connection: Any, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401  psycopg's own
        if scripts:
            scripts[-1].in_transaction = True
        return transaction(connection, *arguments, **more)

    with (
        patch.object(psycopg.Cursor, "execute", noting_execute),
        patch.object(psycopg.Connection, "transaction", noting_transaction),
    ):
        yield scripts


def _replay(connection: Any, scripts: Sequence[Script]) -> None:  # noqa: ANN401  statements known at run time only
    for script in scripts:
        if script.in_transaction:
            with connection.transaction():
                _execute(connection, script)
        else:
            _execute(connection, script)


def _execute(connection: Any, script: Script) -> None:  # noqa: ANN401  as above
    for query, params in script.statements:
        cursor = connection.execute(query, params)
        if cursor.description is not None:
            cursor.fetchone()


class _Meter:
    """Counts events per second, and keeps what each cost this process."""

    def __init__(self) -> None:
        self._cpu_s: list[float] = []

    def rate(self, work: Callable[[], None], count: int) -> float:
        cpu, started = time.process_time(), time.perf_counter()
        work()
        took = time.perf_counter() - started
        self._cpu_s.append((time.process_time() - cpu) / count)
        return count / took

    def microseconds(self) -> int:
        return round(median(self._cpu_s) * 1_000_000)


def _event(stage: Stage, server: Server, number: int, name: str, data: dict[str, object]) -> Event:
    """The HTTP API event of a 2.3.6 server's webhook; the envelope is the recorded one."""
    instance_id, instance = server.instances[number % len(server.instances)]
    happened = START + timedelta(milliseconds=50 * number)
    query = f"i={instance_id}.1"
    path = f"/webhooks/{server.id}"
    body = {
        "event": name,
        "instance": instance,
        "data": data,
        "destination": f"{PUBLIC_URL}{path}?{query}",
        "date_time": happened.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "sender": "5511999990001@s.whatsapp.net",
        "server_url": server.url,
        "apikey": None,
    }
    headers = {
        "accept": "application/json, text/plain, */*",
        "content-type": "application/json",
        "user-agent": "axios/1.12.2",
        "accept-encoding": "gzip, compress, deflate, br",
        "authorization": f"Bearer {stage.keyring.bearer(server.id)}",
        "x-instance-url": server.url,
        "host": "hook.example",
    }
    request = Request("POST", path, query, list(headers.items()), json.dumps(body).encode(), "127.0.0.1")
    match = Match(Route("POST", "/webhooks/{proxy+}", "WebhookFunction", authorized=False), {"proxy": str(server.id)})
    return http_event(request, match, None, f"bench-{number}", happened + timedelta(milliseconds=12))


def _state(server: Server, number: int) -> dict[str, object]:
    instance = server.instances[number % len(server.instances)][1]
    state = _STATES[number // len(server.instances) % len(_STATES)]
    data: dict[str, object] = {"instance": instance, "state": state, "statusReason": 428 if state == "close" else 200}
    if state == "open":
        data |= {
            "wuid": "5511999990001@s.whatsapp.net",
            "profileName": "Lab User",
            "profilePictureUrl": "https://p.x/1",
        }
    return data


def _qr(server: Server, number: int) -> dict[str, object]:
    instance = server.instances[number % len(server.instances)][1]
    code = f"2@labs7smSI9QOjyz7ubh5dIDWuVun6aFR2u3ZNZ/81HH0v2XZKb4Fe{number},Y2/BeVyrD5Q8yGMqoBPG6Y3piPxCO9bRyhTjbJA="
    return {"qrcode": {"instance": instance, "pairingCode": None, "code": code, "base64": IMAGE}}

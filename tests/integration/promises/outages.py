"""The webhook function in its own processes, its queue and its database, and what happens to databases."""

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import aiohttp
import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from local import intrinsics, queue_journal, queues, spawn
from local.aws import Aws
from local.children import mark_of
from local.events import Request, http_event
from local.intrinsics import World
from local.postgres import EmbeddedPostgres
from local.queues import QueueConsumer
from local.routes import Match
from local.settings import ROOT
from local.template import Queue, Route, Template
from local.workers import WorkerPool, function_environment
from sambung.edge.keyring import Keyring
from sambung.store import migrations
from tests import rows
from webhook import parking

INSTANCES = 20
WORKERS = 3
AGAIN_AFTER_S = 0.5
DRAINED_WITHIN_S = 1800.0
# The stand-in counts by looking at every message.
LOOKED_AGAIN_S = 1.0
TOLD_EVERY_S = 30.0
BACK_WITHIN_S = 120.0
OVERFLOW, DEAD = "OverflowQueue", "OverflowDeadLetterQueue"
ROUTE = Match(Route("POST", "/webhooks/{proxy+}", "WebhookFunction", authorized=False), {})


@dataclass(frozen=True)
class Outage:
    """What happens to the database, `after_s` seconds from the start and for how long."""

    kind: str
    after_s: float
    seconds: float


@dataclass
class Ledger:
    """What was acknowledged, and where it is: numbers of events. `in_queue` holds the dead letters too."""

    acknowledged: set[int] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0
    in_database: Counter[int] = field(default_factory=Counter)
    in_queue: set[int] = field(default_factory=set)
    dead: int = 0

    @property
    def lost(self) -> set[int]:
        """The promise is that this stays empty."""
        return self.acknowledged - set(self.in_database) - self.in_queue


class DatabaseServer:
    """A PostgreSQL to which things happen. It is durable: what it has committed is there after a kill."""

    def __init__(self, home: Path) -> None:
        self.server = EmbeddedPostgres(home)

    async def suffer(self, outage: Outage) -> None:
        """Be away for a while, and come back."""
        await {"stop": self._stopped, "kill": self._killed, "freeze": self._frozen}[outage.kind](outage.seconds)

    async def _stopped(self, seconds: float) -> None:
        os.kill(self.server.pid, signal.SIGINT)
        await self._away(seconds)

    async def _killed(self, seconds: float) -> None:
        """Everything at once and without a word, as a power cut does."""
        for pid in (self.server.pid, *children(self.server.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self._away(seconds)

    async def _away(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        async with asyncio.timeout(BACK_WITHIN_S):
            while not self.server.ended:  # noqa: ASYNC110  a process has no event
                await asyncio.sleep(0.02)
        await asyncio.sleep(max(0.0, until - time.monotonic()))
        async with asyncio.timeout(BACK_WITHIN_S):
            while not await asyncio.to_thread(self.server.start_again):  # noqa: ASYNC110  what a kill left may still be leaving
                await asyncio.sleep(0.1)

    async def _frozen(self, seconds: float) -> None:
        # The parent first: it makes no more children then.
        os.kill(self.server.pid, signal.SIGSTOP)
        stopped = [self.server.pid, *children(self.server.pid)]
        try:
            for pid in stopped[1:]:
                os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)
        finally:
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def children(pid: int) -> list[int]:
    """The processes whose parent it is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return [one for one in found if mark_of(one)]


@dataclass
class House:
    """The function with everything around it."""

    database: DatabaseServer
    pool: WorkerPool
    consumer: QueueConsumer
    aws: Aws
    urls: Mapping[str, str]
    keyring: Keyring
    server_id: UUID
    journal: Path

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[None]:
        """Feed the function from its queue meanwhile."""
        task = asyncio.create_task(self.consumer.run())
        try:
            yield
        finally:
            if task.done():
                task.result()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def deliver(self, number: int, ledger: Ledger, give_up_at: float) -> None:
        """One event, again until it is taken: as a gateway does, which repeats what nobody acknowledged."""
        received = datetime.now(UTC)
        while time.monotonic() < give_up_at:
            started = time.monotonic()
            invocation = await self.pool.invoke(self._event(number, received))
            ledger.slowest_s = max(ledger.slowest_s, time.monotonic() - started)
            status = int(cast("Mapping[str, Any]", invocation.result or {}).get("statusCode", 0))
            ledger.answers[status] += 1
            if status in {200, 202}:
                ledger.acknowledged.add(number)
                return
            await asyncio.sleep(AGAIN_AFTER_S)

    def _event(self, number: int, received: datetime) -> object:
        body = {
            "event": "connection.update",
            "instance": f"toko-{number % INSTANCES}",
            "data": {"state": "connecting" if number % 3 else "open", "statusReason": number},
            "date_time": received.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        secret = self.keyring.bearer(self.server_id)
        headers = [("content-type", "application/json"), ("authorization", f"Bearer {secret}")]
        raw = json.dumps(body).encode()
        request = Request("POST", f"/webhooks/{self.server_id}", "", headers, raw, "127.0.0.1")
        return http_event(request, ROUTE, None, f"r-{number}", received)

    async def drained(self, give_up_at: float) -> None:
        """Wait until nothing waits in the queue, or the time is over."""
        while time.monotonic() < give_up_at and await self.waiting():  # noqa: ASYNC110  a queue has no event either
            await asyncio.sleep(LOOKED_AGAIN_S)

    async def waiting(self) -> int:
        """How many messages wait, at least."""
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        asked = {"QueueUrl": self.urls[OVERFLOW], "AttributeNames": names}
        try:
            found = cast("Mapping[str, Any]", (await self.aws.call("sqs", "GetQueueAttributes", asked))["Attributes"])
        except TimeoutError:
            # The stand-in becomes slow with thousands of messages; so many wait, then.
            return 1
        return sum(int(found[name]) for name in names)

    def reconcile(self, ledger: Ledger) -> None:
        """Find every event: in the database, or in the queue; nobody may be taking anything out of it any more."""
        with psycopg.connect(self.database.server.url, row_factory=dict_row) as connection:
            kept = connection.execute("SELECT facts ->> 'status_reason' AS number FROM webhook_events").fetchall()
        ledger.in_database.update(int(row["number"]) for row in kept)
        waiting = queue_journal.waiting(self.journal)
        ledger.in_queue = {self._number(message.body) for message in waiting if message.queue == OVERFLOW}

    async def dead(self) -> int:
        """How many the queue gave up."""
        asked = {"QueueUrl": self.urls[DEAD], "AttributeNames": ["ApproximateNumberOfMessages"]}
        found = cast("Mapping[str, Any]", (await self.aws.call("sqs", "GetQueueAttributes", asked))["Attributes"])
        return int(found["ApproximateNumberOfMessages"])

    def _number(self, message: str) -> int:
        return int(json.loads(parking.unpacked(message, self.keyring).body)["data"]["statusReason"])


async def under_fire(
    home: Path, *, events: int, seconds: float, outages: Sequence[Outage], seed: int, visibility_s: int | None = None
) -> Ledger:
    """Deliver the events at random moments of that time while the outages happen; the ledger when all is drained."""
    chance = random.Random(seed)  # noqa: S311  chance, not secrecy
    moments = sorted(chance.uniform(0, seconds) for _ in range(events))
    ledger = Ledger()
    async with house(home, visibility_s) as built:
        started = time.monotonic()
        give_up_at = started + seconds + DRAINED_WITHIN_S

        async def later(after_s: float, what: Callable[[], Awaitable[None]]) -> None:
            await asyncio.sleep(max(0.0, started + after_s - time.monotonic()))
            await what()

        async with built.consuming():
            telling = asyncio.create_task(_telling(built, ledger, started))
            async with asyncio.TaskGroup() as group:
                for number, moment in enumerate(moments):
                    group.create_task(later(moment, lambda n=number: built.deliver(n, ledger, give_up_at)))  # type: ignore[misc]
                for outage in outages:
                    group.create_task(later(outage.after_s, lambda one=outage: built.database.suffer(one)))  # type: ignore[misc]
            await built.drained(give_up_at)
            telling.cancel()
        ledger.dead = await built.dead()
        built.reconcile(ledger)
    return ledger


async def _telling(built: House, ledger: Ledger, started: float) -> None:
    """Say now and then how far it is."""
    while True:
        await asyncio.sleep(TOLD_EVERY_S)
        at = f"{time.monotonic() - started:.0f} s"
        print(at, "acknowledged", len(ledger.acknowledged), dict(ledger.answers), "waiting", await built.waiting())  # noqa: T201


@asynccontextmanager
async def house(home: Path, visibility_s: int | None) -> AsyncIterator[House]:
    """The webhook function as template.yaml describes it; a message comes back after `visibility_s`, if given."""
    key = Fernet.generate_key().decode()
    logs = home / "logs"
    logs.mkdir(parents=True)
    journal = home / "queues.jsonl"
    stand_in = await spawn.start("the AWS stand-in", ["local.aws_server", str(journal)], ROOT, logs / "aws.log")
    database = DatabaseServer(home)
    try:
        with database.server as running:
            migrations.apply(running.url)
            server_id = _registry(running.url)
            async with aiohttp.ClientSession() as session:
                aws = Aws(session, await stand_in.url())
                tree = intrinsics.load(ROOT / "template.yaml")
                world = World(
                    parameters={
                        "Stage": "local",
                        "DatabaseUrlSecretArn": "db",
                        "KeysSecretArn": "keys",
                        "PublicUrl": "http://127.0.0.1:1",
                        "WebhookReservedConcurrency": str(WORKERS),
                    },
                    secrets={"db": running.url, "keys": key},
                )
                wanted = [_with_visibility(one, visibility_s) for one in Template(tree, world).queues]
                urls = await queues.create(aws, wanted)
                template = Template(
                    tree,
                    replace(world, references=urls, attributes={f"{name}.Arn": queues.arn(name) for name in urls}),
                )
                function = next(one for one in template.functions if one.name == "WebhookFunction")
                source = next(one for one in template.sources if one.function == "WebhookFunction")
                environment = function_environment(function, ROOT, aws.url)
                pool = WorkerPool(function, environment, logs, WORKERS, lambda _: None)
                consumer = QueueConsumer(aws, source, urls[OVERFLOW], pool)
                try:
                    yield House(database, pool, consumer, aws, urls, Keyring([key]), server_id, journal)
                finally:
                    await pool.stop()
    finally:
        await stand_in.stop()


def _with_visibility(queue: Queue, visibility_s: int | None) -> Queue:
    if visibility_s is None:
        return queue
    return replace(queue, attributes={**queue.attributes, "VisibilityTimeout": str(visibility_s)})


def _registry(url: str) -> UUID:
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        registry = rows.registry(connection, "toko-0")
        for number in range(1, INSTANCES):
            rows.instance(connection, registry.client_id, registry.server_id, f"toko-{number}")
    return registry.server_id

"""Puts the laptop's stack together: database, AWS stand-in, functions, API, page, schedules."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from local import home, identity, intrinsics, keepsakes, queue_journal, queues, schedules, spawn
from local.aws import Aws
from local.children import tethered
from local.errors import StackError
from local.function_log import FunctionLog
from local.gateway import Api, Gateway
from local.identity import UserPool
from local.intrinsics import World
from local.page import Page
from local.postgres import EmbeddedPostgres
from local.settings import ROOT, Settings
from local.template import Template
from local.workers import WorkerPool, function_environment

HOST = "127.0.0.1"
MIGRATE_S = 300
DATABASE_PAUSE_S = 2.0
DATABASE_SECRET = "local:database-url"  # noqa: S105  a name
KEYS_SECRET = "local:keys"  # noqa: S105  a name


@dataclass(frozen=True, slots=True)
class Started:
    """A stack that answers."""

    url: str
    database_url: str
    passwords: Mapping[str, str]
    record: home.Record
    client_id: str
    aws: Aws


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Started]:
    """Start everything; on leaving, stop everything in the opposite order. Raises StackError with what to do."""
    home.prepare(settings.home)
    async with AsyncExitStack() as stack:
        stack.enter_context(home.locked(settings.home))
        home.end_orphans(settings.home)
        listener = stack.enter_context(_listen(settings.port))
        record = home.Record(settings.home)
        stack.callback(record.remove)
        yield await _start(settings, listener, record, stack)


async def _start(settings: Settings, listener: socket.socket, record: home.Record, stack: AsyncExitStack) -> Started:
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    logs = settings.home / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    # Both take a second: they start side by side.
    journal, kept = settings.home / "queues.jsonl", settings.home / "queues.kept.jsonl"
    waiting = queue_journal.take_over(journal, kept)
    stand_in = await spawn.start("the AWS stand-in", ["local.aws_server", str(journal)], ROOT, logs / "aws.log")
    stack.push_async_callback(stand_in.stop)
    record.add(stand_in.pid)
    database = stack.enter_context(EmbeddedPostgres(settings.home, durable=settings.durable))
    record.add(database.pid)
    await migrate(settings.root, database.url)

    session = await stack.enter_async_context(aiohttp.ClientSession())
    aws = Aws(session, await stand_in.url())
    passwords = keepsakes.passwords(settings.home, settings.admin_password)
    tree = intrinsics.load(settings.root / "template.yaml")
    world = _world(settings, url, database.url)
    users, queue_urls = await asyncio.gather(
        identity.create(aws, Template(tree, world), passwords), queues.create(aws, Template(tree, world).queues)
    )
    await queues.send_again(aws, queue_urls, waiting)
    kept.unlink(missing_ok=True)
    template = Template(tree, _with_aws(world, users, queue_urls))

    pools = _pools(settings, template, aws.url, record)
    for pool in pools.values():
        stack.push_async_callback(pool.stop)
    await _start_background(settings, template, aws, queue_urls, pools, stack)
    gateway = Gateway(
        Api(template.routes, template.cors, template.authorizer),
        pools,
        Page(settings.root / "frontend" / "dist", template.page_headers),
        aws,
        users,
        FunctionLog(logs, "HttpApi"),
    )
    await gateway.start(listener)
    stack.push_async_callback(gateway.stop)
    keeper = asyncio.create_task(_keep_running(database, record))
    stack.callback(keeper.cancel)
    record.ready(url, database.url)
    return Started(url, database.url, passwords, record, users.client_id, aws)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # Nobody is answered yet, but a second stack must find the port taken.
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = "not allowed to ordinary users" if isinstance(error, PermissionError) else "taken by another program"
        raise StackError(f"port {port} is {reason}: choose another one, for example PORT={port + 1} make up.") from None
    return listener


async def migrate(root: Path, database_url: str) -> None:
    """Bring the database to the schema of the code, in a process of its own as a deployment does."""
    if not (root / "migrations").is_dir():
        return
    process = await asyncio.create_subprocess_exec(
        *tethered([sys.executable, "-P", "-m", "sambung.store.migrations", root / "migrations"], signal.SIGKILL),
        env={**os.environ, "PYTHONPATH": str(root / "layers" / "common"), "SAMBUNG_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, complaint = await asyncio.wait_for(process.communicate(), MIGRATE_S)
    except TimeoutError:
        raise StackError(f"the database could not be migrated in {MIGRATE_S} s: is somebody else holding it?") from None
    finally:
        # Ctrl-C here: each migration is one transaction, so ending it leaves all of it or nothing.
        with suppress(ProcessLookupError):
            process.kill()
    if process.returncode != 0:
        last = (complaint.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise StackError(f"the database could not be migrated: {last}")


def _world(settings: Settings, url: str, database_url: str) -> World:
    return World(
        parameters={
            "Stage": "local",
            "PublicUrl": settings.public_url or url,
            "AllowedOrigin": url,
            "DatabaseUrlSecretArn": DATABASE_SECRET,
            "KeysSecretArn": KEYS_SECRET,
            "WebhookReservedConcurrency": str(settings.workers),
            # A laptop is its own limit, and tests send more at once than a fleet of this size does.
            "RequestsPerSecond": "1000",
            "SendsPerMinute": str(settings.sends_per_minute),
            "FanOutOver": str(settings.fan_out_over),
        },
        secrets={DATABASE_SECRET: database_url, KEYS_SECRET: keepsakes.keys(settings.home)},
    )


def _with_aws(world: World, users: UserPool, queue_urls: Mapping[str, str]) -> World:
    """The world once the stand-in's resources exist."""
    return World(
        parameters=world.parameters,
        references={identity.POOL: users.pool_id, identity.CLIENT: users.client_id, **queue_urls},
        attributes={f"{name}.Arn": queues.arn(name) for name in queue_urls},
        secrets=world.secrets,
    )


def _pools(settings: Settings, template: Template, aws_url: str, record: home.Record) -> dict[str, WorkerPool]:
    logs = settings.home / "logs"
    return {
        function.name: WorkerPool(
            function, function_environment(function, settings.root, aws_url), logs, settings.workers, record.add
        )
        for function in template.functions
    }


async def _start_background(
    settings: Settings,
    template: Template,
    aws: Aws,
    queue_urls: Mapping[str, str],
    pools: Mapping[str, WorkerPool],
    stack: AsyncExitStack,
) -> None:
    jobs = [
        queues.QueueConsumer(aws, source, queue_urls[source.queue], pools[source.function]).run()
        for source in template.sources
    ]
    if settings.schedules:
        jobs.append(_warm([pools[name] for name in dict.fromkeys(route.function for route in template.routes)]))
        jobs += [schedules.run(each, pools[each.function], settings.speedup) for each in template.schedules]
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(_tell_failure)

    async def cancel() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    stack.push_async_callback(cancel)


async def _warm(asked: Sequence[WorkerPool]) -> None:
    """Workers that answer whoever opens the page first: two each, since a schedule's long run may hold one. In a row,
    so that they leave the machine some room."""
    for _ in range(2):
        for pool in asked:
            await pool.warm()


async def _keep_running(database: EmbeddedPostgres, record: home.Record) -> None:
    """Start the database again some seconds after it ended by itself."""
    while True:
        await asyncio.sleep(DATABASE_PAUSE_S)
        if database.ended:
            sys.stderr.write("sambung: the database ended by itself; it is started again.\n")
            await asyncio.sleep(DATABASE_PAUSE_S)
            with suppress(StackError):
                if database.start_again():
                    record.add(database.pid)


def _tell_failure(task: asyncio.Task[None]) -> None:
    """Say what no request would ever show: that a queue or a schedule has stopped."""
    if not task.cancelled() and (error := task.exception()):
        sys.stderr.write(f"sambung: a queue or schedule stopped, restart the stack: {error!r}\n")

"""Runs functions as Lambda does: each in processes of its own, one event at a time, started when needed."""

import asyncio
import json
import os
import platform
import signal
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from local.children import tethered
from local.events import ACCOUNT, REGION
from local.function_log import FunctionLog
from local.runtime_api import RuntimeApi
from local.template import Function

INIT_S = 30.0
SETTLE_S = 10.0
LAST_OUTPUT_S = 1.0
# How long an event waits for a worker at work before it gets one of its own.
SOON_FREE_S = 0.3
# Lambda's own limit, for requests and answers alike.
PAYLOAD_LIMIT = 6 * 1024 * 1024
CHUNK = 65536
# Run by path, and without its folder in sys.path: a function must not find the stack's modules.
RUNTIME = Path(__file__).with_name("runtime.py")

Wanted = TypeVar("Wanted")


class PayloadTooLargeError(Exception):
    """The event is larger than Lambda takes."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """How an invocation ended: what the function returned, or Lambda's name for the failure."""

    result: object = None
    error: str | None = None
    message: str = ""


class Worker:
    """One execution environment."""

    def __init__(
        self, function: Function, environment: Mapping[str, str], log: FunctionLog, started: Callable[[int], None]
    ) -> None:
        self._function = function
        self._environment = environment
        self._log = log
        self._started = started
        self._api = RuntimeApi()
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[int] | asyncio.Task[None]] = []

    async def start(self) -> Invocation | None:
        """Start the process and wait until it asks for work; the failure when it does not come to that."""
        address = await self._api.start()
        self._process = await asyncio.create_subprocess_exec(
            *tethered([sys.executable, "-P", RUNTIME, self._function.handler], signal.SIGKILL),
            env={**self._environment, "AWS_LAMBDA_RUNTIME_API": address},
            cwd=self._environment["LAMBDA_TASK_ROOT"],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._started(self._process.pid)
        self._tasks = [asyncio.create_task(self._process.wait()), asyncio.create_task(self._keep_output())]
        if await self._until(asyncio.ensure_future(self._api.idle.wait()), INIT_S):
            return None
        await self.stop()
        error, message = self._api.init_error or ("Runtime.ExitError", "the process ended, or took too long to start")
        return Invocation(error=error, message=message)

    async def invoke(self, event: bytes) -> Invocation:
        """Run the function on one event, for at most its timeout."""
        request_id = str(uuid.uuid4())
        deadline_ms = int((time.time() + self._function.timeout_s) * 1000)
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._function.name}"
        answer = self._api.deliver(request_id, event, deadline_ms, arn)
        if await self._until(answer, self._function.timeout_s):
            return _invocation(*answer.result())
        ended = self.exit_code is not None
        await self.stop()
        if ended:
            message = f"RequestId: {request_id} Error: Runtime exited with error: exit status {self.exit_code}"
            return Invocation(error="Runtime.ExitError", message=message)
        message = f"RequestId: {request_id} Error: Task timed out after {self._function.timeout_s:.2f} seconds"
        return Invocation(error="Sandbox.Timedout", message=message)

    async def settle(self) -> bool:
        """Wait until it asks for more work; False when it cannot be used again."""
        usable = await self._until(asyncio.ensure_future(self._api.idle.wait()), SETTLE_S)
        if not usable:
            await self.stop()
        return usable

    @property
    def exit_code(self) -> int | None:
        """The process's exit status once it has ended."""
        return self._process.returncode if self._process else None

    async def stop(self) -> None:
        """End the process at once, as Lambda does."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                # The group too: what the function started must not outlive it.
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
            _, held = await asyncio.wait(self._tasks, timeout=LAST_OUTPUT_S)
            for task in held:
                task.cancel()
        await self._api.stop()

    async def _until(self, wanted: asyncio.Future[Wanted], seconds: float) -> bool:
        """Wait for it, for the process's end or for the time; True when it came."""
        await asyncio.wait({wanted, self._tasks[0]}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        came = wanted.done()
        wanted.cancel()
        return came

    async def _keep_output(self) -> None:
        stream = self._process.stdout if self._process else None
        rest = b""
        while stream and (chunk := await stream.read(CHUNK)):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._log.write(line.decode(errors="replace"))
        self._log.write(rest.decode(errors="replace"))


def _invocation(ok: bool, body: bytes) -> Invocation:
    if not ok:
        error = json.loads(body)
        return Invocation(error=str(error.get("errorType")), message=str(error.get("errorMessage")))
    if len(body) > PAYLOAD_LIMIT:
        return Invocation(error="Function.ResponseSizeTooLarge", message=f"the answer has {len(body)} bytes")
    return Invocation(result=json.loads(body))


class WorkerPool:
    """All execution environments of one function, at most `limit`; `started` is told the pid of each."""

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        log_folder: Path,
        limit: int,
        started: Callable[[int], None],
    ) -> None:
        reserved = function.reserved_concurrency
        self._limit = limit if reserved is None else max(0, min(limit, reserved))
        self._function = function
        self._environment = environment
        self._log = FunctionLog(log_folder, function.name)
        self._started = started
        self._slots = asyncio.Semaphore(self._limit)
        # The one used last is the warmest.
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self._all: set[Worker] = set()
        self._settling: set[asyncio.Task[None]] = set()

    async def invoke(self, event: object) -> Invocation:
        """Run the function on an event, when a worker is free; raises PayloadTooLargeError."""
        payload = json.dumps(event).encode()
        if len(payload) > PAYLOAD_LIMIT:
            raise PayloadTooLargeError
        await self._slots.acquire()
        worker = None
        try:
            worker, failure = await self._worker()
            invocation = failure or await worker.invoke(payload)
        finally:
            self._give_back(worker)
        if invocation.error:
            self._log.platform("ERROR", f"{invocation.error}: {invocation.message}")
        return invocation

    async def stop(self) -> None:
        """End all workers."""
        for task in self._settling:
            task.cancel()
        await asyncio.gather(*(worker.stop() for worker in self._all))
        self._all.clear()

    async def warm(self) -> None:
        """Have a worker ready before the first event asks for one."""
        async with self._slots:
            worker, failure = await self._new()
            if failure is None:
                self._idle.put_nowait(worker)
            else:
                self._all.discard(worker)

    async def _worker(self) -> tuple[Worker, Invocation | None]:
        while (worker := await self._soon_free()) is not None:
            if worker.exit_code is None:
                return worker, None
            await worker.stop()
            self._all.discard(worker)
        return await self._new()

    async def _soon_free(self) -> Worker | None:
        """A start takes a second of a laptop's processor, most events a tenth of one: waiting a little is faster."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON_FREE_S if self._all else 0):
                return await self._idle.get()
        return None

    async def _new(self) -> tuple[Worker, Invocation | None]:
        worker = Worker(self._function, self._environment, self._log, self._started)
        self._all.add(worker)
        return worker, await worker.start()

    def _give_back(self, worker: Worker | None) -> None:
        """Free the slot once the worker asks for more, without keeping the answer waiting for that."""
        task = asyncio.create_task(self._settle(worker))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, worker: Worker | None) -> None:
        try:
            if worker is not None:
                if await worker.settle():
                    self._idle.put_nowait(worker)
                else:
                    self._all.discard(worker)
        finally:
            self._slots.release()


def function_environment(function: Function, root: Path, aws_url: str) -> dict[str, str]:
    """The variables Lambda gives a function, and its own; nothing of this machine but what programs need to run."""
    code = root / function.code
    paths = [code, *(root / layer for layer in function.layers)]
    passed = ("PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
    return {
        **{name: os.environ[name] for name in passed if name in os.environ},
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths),
        "PYTHONUNBUFFERED": "1",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{platform.python_version().rpartition('.')[0]}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_ENDPOINT_URL": aws_url,
        **function.environment,
    }

"""Lambda's Runtime API for one worker: it asks for the next event here, and gives its answer."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

PREFIX = "/2018-06-01/runtime"


class RuntimeApi:
    """The API on a loopback port of its own, because a worker is told nothing but an address."""

    def __init__(self) -> None:
        self.idle = asyncio.Event()
        self.init_error: tuple[str, str] | None = None
        self._next: asyncio.Queue[web.Response] = asyncio.Queue()
        self._answers: dict[str, asyncio.Future[tuple[bool, bytes]]] = {}
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen; the address as `host:port`."""
        application = web.Application(client_max_size=0)
        application.add_routes(
            [
                web.get(f"{PREFIX}/invocation/next", self._give),
                web.post(f"{PREFIX}/invocation/{{id}}/response", self._taker(ok=True)),
                web.post(f"{PREFIX}/invocation/{{id}}/error", self._taker(ok=False)),
                web.post(f"{PREFIX}/init/error", self._failed),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"{host}:{port}"

    async def stop(self) -> None:
        """Stop listening."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def deliver(self, request_id: str, event: bytes, deadline_ms: int, arn: str) -> asyncio.Future[tuple[bool, bytes]]:
        """Hand out an event; the answer will be whether it went well, and the body."""
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{deadline_ms // 1000:08x}-{request_id.replace('-', '')[:24]};Sampled=0",
        }
        answer: asyncio.Future[tuple[bool, bytes]] = asyncio.get_running_loop().create_future()
        self._answers = {request_id: answer}
        self.idle.clear()
        self._next.put_nowait(web.Response(body=event, headers=headers, content_type="application/json"))
        return answer

    async def _give(self, _: web.Request) -> web.Response:
        self.idle.set()
        return await self._next.get()

    def _taker(self, *, ok: bool) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def take(request: web.Request) -> web.Response:
            body = await request.read()
            answer = self._answers.pop(request.match_info["id"], None)
            if answer is not None and not answer.done():
                answer.set_result((ok, body))
            return web.json_response({"status": "OK"}, status=202)

        return take

    async def _failed(self, request: web.Request) -> web.Response:
        error = await request.json()
        self.init_error = (str(error.get("errorType")), str(error.get("errorMessage")))
        return web.json_response({"status": "OK"}, status=202)

"""webjs nodes in a process of their own, in the recorded shapes: each takes its time for any answer, one never answers.

`python -m bench.nodes` reads what to be as one line of JSON, prints the nodes' addresses, and ends with its input.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from bench import ROOT

HUNG_S = 3600.0


@dataclass(frozen=True, slots=True)
class Node:
    """What one of them is: how long it takes, HUNG_S for ever, and the session it has, if any."""

    answer_s: float
    session: str | None = None


@contextmanager
def nodes(wanted: Sequence[Node]) -> Iterator[Sequence[str]]:
    """Their addresses, as long as the context lasts."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.nodes"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if process.stdin is None or process.stdout is None:
                raise AssertionError("pipes were asked for")
            process.stdin.write(json.dumps([[one.answer_s, one.session] for one in wanted]) + "\n")
            process.stdin.flush()
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


async def serve(wanted: Sequence[Node]) -> None:
    """Serve until the input ends."""
    runners = [await _listening(one) for one in wanted]
    print(json.dumps([f"http://127.0.0.1:{runner.addresses[0][1]}" for runner in runners]), flush=True)  # noqa: T201  its one line
    await asyncio.to_thread(sys.stdin.read)


async def _listening(node: Node) -> web.AppRunner:
    async def status(request: web.Request) -> web.Response:
        await asyncio.sleep(node.answer_s)
        if request.match_info["session"] != node.session:
            return web.json_response({"error": "Session not found"}, status=404)
        return web.json_response({"session_id": node.session, "status": "connected", "phone_number": "6281234567890"})

    async def send(request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(node.answer_s)
        if body["session_id"] != node.session:
            return web.json_response({"error": "Session not found"}, status=404)
        return web.json_response({"success": True, "message_id": "true_62@c.us_3EB0", "timestamp": 1763760000})

    app = web.Application()
    app.router.add_get("/api/sessions/{session}/status", status)
    app.router.add_post("/api/messages/send", send)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


if __name__ == "__main__":
    asyncio.run(serve([Node(*one) for one in json.loads(sys.stdin.readline())]))

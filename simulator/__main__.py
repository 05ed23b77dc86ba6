"""Starts one simulated gateway as its own process: `python -m simulator --kind evolution --version 2.3.6 ...`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
from pathlib import Path

from aiohttp import web

from simulator.app import application
from simulator.evolution.v1 import EvolutionV1
from simulator.evolution.v2 import EvolutionV2
from simulator.pace import Pace

KINDS = {"evolution": {EvolutionV1.version: EvolutionV1, EvolutionV2.version: EvolutionV2}}
LOOPBACK = "127.0.0.1"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--version", choices=sorted(v for kind in KINDS.values() for v in kind), required=True)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--state", type=Path, help="a file that makes instances outlive the process")
    parser.add_argument("--speed", type=float, default=1.0, help="divides the long waits")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    server = KINDS[arguments.kind][arguments.version](arguments.api_key, Pace(arguments.speed), arguments.state)
    runner = web.AppRunner(application(server), access_log=None, shutdown_timeout=1)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with socket.create_server((LOOPBACK, arguments.port)) as door:
        # The address is known before the instances boot, because their events repeat it.
        server.url = f"http://{LOOPBACK}:{door.getsockname()[1]}"
        await _serve(runner, door, server.url, stop)


async def _serve(runner: web.AppRunner, door: socket.socket, url: str, stop: asyncio.Event) -> None:
    await runner.setup()
    await web.SockSite(runner, door).start()
    print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))

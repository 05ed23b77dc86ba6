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
from simulator.webjs.app import application as node_application
from simulator.webjs.node import Knobs, Node
from simulator.webjs.notifier import Notifier
from simulator.webjs.storage import Storage

EVOLUTION = {EvolutionV1.version: EvolutionV1, EvolutionV2.version: EvolutionV2}
KINDS = {"evolution": tuple(EVOLUTION), "webjs": ("1",)}
LOOPBACK = "127.0.0.1"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--version", choices=sorted(v for versions in KINDS.values() for v in versions), required=True)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--state", type=Path, help="a file that makes instances outlive the process")
    parser.add_argument("--speed", type=float, default=1.0, help="divides the long waits")
    node = parser.add_argument_group("webjs", "with --state a folder, which several nodes may share")
    node.add_argument("--secret", default="", help="signs its webhooks")
    node.add_argument("--backend", help="where webhooks go and the sessions to restore come from")
    node.add_argument("--announce", help="what its webhooks call it; http://localhost:PORT, as the real one")
    node.add_argument("--profile-lock", action="store_true", help="one browser for a pairing, as with a real Chromium")
    arguments = parser.parse_args()
    if arguments.version not in KINDS[arguments.kind]:
        parser.error(f"{arguments.kind} has the versions {', '.join(KINDS[arguments.kind])}")
    return arguments


async def _run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with socket.create_server((LOOPBACK, arguments.port)) as door:
        # The address is known before the instances boot, because their events repeat it.
        port = door.getsockname()[1]
        runner = web.AppRunner(_application(arguments, port), access_log=None, shutdown_timeout=1)
        await _serve(runner, door, _url(port), stop)


def _application(arguments: argparse.Namespace, port: int) -> web.Application:
    pace = Pace(arguments.speed)
    if arguments.kind == "webjs":
        return node_application(_node(arguments, pace, port))
    server = EVOLUTION[arguments.version](arguments.api_key, pace, arguments.state)
    server.url = _url(port)
    return application(server)


def _node(arguments: argparse.Namespace, pace: Pace, port: int) -> Node:
    announced = arguments.announce or f"http://localhost:{port}"
    backend = arguments.backend.rstrip("/") if arguments.backend else None
    notifier = Notifier(backend, arguments.api_key, arguments.secret, announced, pace)
    knobs = Knobs(profile_lock=arguments.profile_lock)
    return Node(arguments.api_key, pace, notifier, Storage(arguments.state), knobs, _url(port))


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


async def _serve(runner: web.AppRunner, door: socket.socket, url: str, stop: asyncio.Event) -> None:
    await runner.setup()
    await web.SockSite(runner, door).start()
    print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))

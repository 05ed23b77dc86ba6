"""A farm of gateways in a process of its own: it answers what a sweep asks, in the recorded shapes, after a while each.

`python -m bench.farm` reads what to be as one line of JSON, prints the servers' addresses, and ends with its input.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.request import ProxyHandler, build_opener
from uuid import UUID

from aiohttp import web

from bench import ROOT
from bench.stage import PUBLIC_URL, VERSION, Server
from sambung.gateways.evolution.versions import traits

Answerer = Callable[[web.Request], Awaitable[web.Response]]
_START_S: Final = 30.0
_direct: Final = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Farm:
    """A running farm; `servers` with the addresses they have now."""

    servers: Sequence[Server]

    def asked(self) -> list[list[str]]:
        """The paths each server was asked for since the last time, in order."""
        with _direct.open(f"{self.servers[0].url}/_farm/asked", timeout=_START_S) as response:
            found: list[list[str]] = json.load(response)
        return found


@contextmanager
def farm(servers: Sequence[Server], latency_s: float) -> Iterator[Farm]:
    """Gateways that have these instances, all connected, with our webhooks set."""
    wanted = [[str(one.id), [[str(known), name] for known, name in one.instances]] for one in servers]
    with subprocess.Popen(
        [sys.executable, "-m", "bench.farm"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if process.stdin is None or process.stdout is None:
                raise AssertionError("pipes were asked for")
            process.stdin.write(json.dumps({"latency_s": latency_s, "servers": wanted}) + "\n")
            process.stdin.flush()
            urls = json.loads(process.stdout.readline())
            yield Farm([replace(one, url=url) for one, url in zip(servers, urls, strict=True)])
        finally:
            process.terminate()


class Gateway:
    """One server of the farm; every answer is written beforehand."""

    def __init__(self, server_id: str, instances: Sequence[tuple[str, str]], latency_s: float) -> None:
        self.asked: list[str] = []
        self._latency_s = latency_s
        self._list = json.dumps([_row(*one) for one in instances]).encode()
        self._states = {name: _state(name) for _, name in instances}
        self._webhooks = {name: _webhook(server_id, known) for known, name in instances}

    async def answer(self, request: web.Request) -> web.Response:
        """Whatever a sweep reads."""
        self.asked.append(request.path)
        await asyncio.sleep(self._latency_s)
        _, *way, name = request.path.split("/")
        if name == "fetchInstances":
            return _json(self._list)
        found = {"instance/connectionState": self._states, "webhook/find": self._webhooks}["/".join(way)]
        return _json(found[name])


async def serve(latency_s: float, servers: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
    """Serve until the input ends."""
    gateways = [Gateway(server_id, instances, latency_s) for server_id, instances in servers]

    async def asked(_: web.Request) -> web.Response:
        found = [gateway.asked[:] for gateway in gateways]
        for gateway in gateways:
            gateway.asked.clear()
        return web.json_response(found)

    runners = [await _listening(gateway.answer, asked) for gateway in gateways]
    print(json.dumps([f"http://127.0.0.1:{runner.addresses[0][1]}" for runner in runners]), flush=True)  # noqa: T201  its one line
    await asyncio.to_thread(sys.stdin.read)


async def _listening(answer: Answerer, asked: Answerer) -> web.AppRunner:
    app = web.Application()
    app.router.add_get("/_farm/asked", asked)
    app.router.add_get("/{any:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
    return runner


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _state(name: str) -> bytes:
    return json.dumps({"instance": {"instanceName": name, "state": "open"}}).encode()


def _webhook(server_id: str, instance_id: str) -> bytes:
    """A row of webhook/find of 2.3.6."""
    return json.dumps(
        {
            "id": "cmwqxhreh000d9f7dbi4b0f77",
            "url": f"{PUBLIC_URL}/webhooks/{server_id}?i={instance_id}.1",
            "headers": {"Authorization": "Bearer 0123456789abcdef", "X-Instance-Url": "http://evo.example"},
            "enabled": True,
            "events": list(traits(VERSION).events),
            "webhookByEvents": False,
            "webhookBase64": False,
            "createdAt": "2026-11-21T21:38:06.339Z",
            "updatedAt": "2026-11-21T21:38:10.591Z",
            "instanceId": instance_id,
        }
    ).encode()


def _row(instance_id: str, name: str) -> dict[str, Any]:
    """A row of fetchInstances of 2.3.6, with a number of its own: one that is open on two servers is a conflict."""
    phone = f"55{int(UUID(instance_id)) % 10**11:011}"
    return {
        "id": instance_id,
        "name": name,
        "connectionStatus": "open",
        "ownerJid": f"{phone}@s.whatsapp.net",
        "profileName": "Lab User",
        "profilePicUrl": f"https://pps.whatsapp.net/v/t61/lab-{phone}.jpg",
        "integration": "WHATSAPP-BAILEYS",
        "number": None,
        "businessId": None,
        "token": "30778592-E98F-4CFE-AD79-78BBDE159D7C",
        "clientName": "evolution",
        "disconnectionReasonCode": None,
        "disconnectionObject": None,
        "disconnectionAt": None,
        "createdAt": "2026-11-21T21:38:06.339Z",
        "updatedAt": "2026-11-21T21:38:10.591Z",
        **dict.fromkeys(("Chatwoot", "Proxy", "Rabbitmq", "Nats", "Sqs", "Websocket")),
        "Setting": {
            "id": "cmwqxj5hk000y9f7drnet3oc2",
            "rejectCall": False,
            "msgCall": "",
            "groupsIgnore": False,
            "alwaysOnline": False,
            "readMessages": False,
            "readStatus": False,
            "syncFullHistory": False,
            "wavoipToken": "",
            "createdAt": "2026-11-21T21:38:06.339Z",
            "updatedAt": "2026-11-21T21:38:06.339Z",
            "instanceId": instance_id,
        },
        "_count": {"Message": 0, "Contact": 0, "Chat": 0},
    }


if __name__ == "__main__":
    asyncio.run(serve(**json.loads(sys.stdin.readline())))

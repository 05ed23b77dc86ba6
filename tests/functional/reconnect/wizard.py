"""Everything that can be wrong with a number, how it is brought about, and how the wizard may end then."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sambung.edge.wiring import Parts
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import ask, delete_there, point_elsewhere

VERSIONS = ("1.8.2", "2.3.6")
STEPS = ("check", "webhook", "restart", "qr")
TOLD = ("step", "outcome", "code", "evidence", "next_step")
ANYTHING = frozenset({"connected", "qr"})
_serial = count(1)


@dataclass
class Number:
    """One number that somebody wants connected."""

    world: "World"
    version: str
    name: str
    id: str

    @property
    def gateway(self) -> SimulatorProcess:
        return self.world.gateways[self.version]

    @property
    def memory(self) -> str | None:
        found: dict[str, Any] = self.gateway.instances().get(self.name, {})
        memory: str | None = found.get("memory")
        return memory

    def offers_what_it_shows(self) -> bool:
        """Whether there is a code to show, and a connection to WhatsApp that would pair with one."""
        shown = self.world.api.get(f"/api/instances/{self.id}/qr").json["qr"]
        return shown is not None and self.gateway.instances()[self.name]["sockets"] > 0

    def pair(self) -> None:
        ask(self.gateway, "GET", f"/instance/connect/{self.name}", expected={200})
        phone = {"number": f"62813{next(_serial):08}", "direct": True}
        self.gateway.control(f"instances/{self.name}/pair", phone)
        reply = self.world.api.post(f"/api/instances/{self.id}/connect")
        assert reply.json["already_connected"], reply.text

    def step(self, step: str) -> Any:
        reply = self.world.api.post(f"/api/instances/{self.id}/reconnect", {"step": step})
        assert reply.status == 200, reply.text
        return reply.json


@dataclass
class World:
    """A registry with a server of each generation."""

    parts: Parts
    api: Api
    gateways: Mapping[str, SimulatorProcess]
    servers: dict[str, str] = field(default_factory=dict)

    def number(self, version: str, *, paired: bool) -> Number:
        """A new one, on a server without faults."""
        gateway = self.gateways[version]
        gateway.control("faults", method="DELETE")
        name = f"r-{next(_serial)}"
        body = {"client_id": self._client(), "instance_name": name, "server_id": self._server(version)}
        reply = self.api.post("/api/instances", body)
        assert reply.status == 201, reply.text
        made = Number(self, version, name, reply.json["id"])
        if paired:
            made.pair()
        return made

    def _client(self) -> str:
        return str(self.api.get("/api/clients").json["items"][0]["id"])

    def _server(self, version: str) -> str:
        if version not in self.servers:
            gateway = self.gateways[version]
            body = {"name": version, "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
            self.servers[version] = self.api.post("/api/servers", body).json["id"]
        # A check that succeeds ends the rest a failing server was given.
        assert self.api.post(f"/api/servers/{self.servers[version]}/check").json["reachable"]
        return self.servers[version]


@dataclass(frozen=True)
class Failure:
    """Something that goes wrong. `ends`: how the wizard may end then: connected, qr, or the code of the reason.

    `paired`: it needs a number that was connected.
    """

    bring: Callable[[Number, random.Random], None]
    ends: frozenset[str]
    paired: bool | None = None


def drop(*codes: int) -> Callable[[Number, random.Random], None]:
    return lambda n, chance: _control(n, "drop", code=chance.choice(codes))


def faults(*choices: dict[str, Any]) -> Callable[[Number, random.Random], None]:
    return lambda n, chance: _nothing(n.gateway.control("faults", chance.choice(choices)))


def _control(n: Number, action: str, **body: object) -> None:
    n.gateway.control(f"instances/{n.name}/{action}", body)


def _nothing(_: object) -> None:
    """What a control call answers is of no interest."""


def _webhook_off(n: Number, _: random.Random) -> None:
    nested = {"enabled": False, "url": "http://127.0.0.1:9/webhooks/old", "events": ["CONNECTION_UPDATE"]}
    ask(n.gateway, "POST", f"/webhook/set/{n.name}", {**nested, "webhook": nested}, expected={201})


def _logout(n: Number, _: random.Random) -> None:
    ask(n.gateway, "DELETE", f"/instance/logout/{n.name}", expected={200})


SERVER = frozenset({"server_error", "server_unreachable"})
GONE = frozenset({"needs_recreate", "instance_not_found_on_server"})
FAILURES: Mapping[str, Failure] = {
    "nothing": Failure(lambda _n, _c: None, ANYTHING),
    "network": Failure(drop(408, 428, 503), ANYTHING | {"redialling"}, paired=True),
    "restart asked": Failure(drop(515), ANYTHING | {"redialling"}, paired=True),
    "replaced": Failure(drop(440), ANYTHING | {"redialling", "replaced_elsewhere"}, paired=True),
    "logged out": Failure(drop(401), ANYTHING | {"needs_recreate"}, paired=True),
    "ended": Failure(drop(402, 406), ANYTHING | {"needs_recreate", "session_ended"}, paired=True),
    "banned": Failure(drop(403), ANYTHING | {"account_banned", "needs_recreate", "redialling"}, paired=True),
    "logged out by api": Failure(_logout, ANYTHING | {"needs_recreate"}, paired=True),
    "qr limit": Failure(lambda n, _c: _control(n, "qr-limit"), ANYTHING | {"needs_recreate"}),
    "no qr": Failure(lambda n, _c: _control(n, "qr", mode="none"), frozenset({"qr_not_ready"}), paired=False),
    "no phone network": Failure(
        lambda n, _c: _control(n, "offline", on=True), frozenset({"redialling", "qr_not_ready", "needs_recreate"})
    ),
    "half loaded": Failure(lambda n, _c: _control(n, "half-loaded"), GONE),
    "deleted": Failure(lambda n, _c: delete_there(n.gateway, n.name), GONE),
    "server restarted": Failure(
        lambda n, _c: _nothing(n.gateway.control("process-restart")), ANYTHING | {"needs_recreate", "redialling"}
    ),
    "webhook elsewhere": Failure(lambda n, _c: point_elsewhere(n.gateway, n.name), ANYTHING),
    "webhook off": Failure(_webhook_off, ANYTHING),
    "server fails": Failure(faults({"status": 500}, {"status": 503}, {"status": 502, "garbage": True}), SERVER),
    "server fails once": Failure(faults({"status": 500, "times": 1}, {"status": 503, "times": 2}), ANYTHING | SERVER),
    "no webhook set": Failure(faults({"status": 500, "routes": ["webhook_set"]}), ANYTHING | SERVER),
    "no connect": Failure(faults({"status": 500, "routes": ["connect"]}), ANYTHING | SERVER | {"qr_not_ready"}),
    "garbage": Failure(faults({"garbage": True}, {"truncate": True}), SERVER),
    "lies": Failure(faults({"lie": True}), SERVER | ANYTHING),
    "empty list": Failure(faults({"empty_list": True}, {"half_list": True}), ANYTHING),
    "key": Failure(faults({"key": "another"}), frozenset({"server_key_rejected"})),
    "licence": Failure(faults({"license_required": True}), frozenset({"license_required"})),
    "slow": Failure(faults({"slow_s": 0.3}), ANYTHING),
}


@dataclass(frozen=True)
class End:
    """How the wizard ended, and what was so."""

    what: str
    steps: tuple[Any, ...]
    memory: str | None


def run_all(number: Number) -> End:
    """Every step in its order until one fails, as `jalankan semua` does."""
    taken = []
    for step in STEPS:
        taken.append(number.step(step))
        if not taken[-1]["ok"]:
            break
    last, memory = taken[-1], number.memory
    assert last["next_step"] and last["title"] and last["detail"], last
    if last["next_step"] == "done":
        assert memory == "open", taken
        return End("connected", tuple(taken), memory)
    if last["next_step"] == "scan":
        assert memory == "connecting", taken
        assert number.offers_what_it_shows(), taken
        return End("qr", tuple(taken), memory)
    return End(last["code"] or ("redialling" if last["next_step"] == "wait" else "nothing"), tuple(taken), memory)


def story(world: World, chance: random.Random) -> tuple[str, frozenset[str], End]:
    """One number, one failure, one run of the wizard: what went wrong, how it might end, how it ended."""
    version, name = chance.choice(VERSIONS), chance.choice(sorted(FAILURES))
    failure = FAILURES[name]
    paired = failure.paired if failure.paired is not None else chance.random() < 0.5
    number = world.number(version, paired=paired)
    failure.bring(number, chance)
    end = run_all(number)
    number.gateway.control("faults", method="DELETE")
    return f"{name} on {version}, paired {paired}", failure.ends, end


def tell(world: World, seed: int, stories: int) -> list[str]:
    """So many stories; those that ended wrongly."""
    wrong = []
    for number in range(stories):
        what, might, end = story(world, random.Random(f"{seed}-{number}"))  # noqa: S311 - repeatable
        if end.what not in might:
            told = [tuple(one[word] for word in TOLD) for one in end.steps]
            wrong.append(f"{number}: {what}: ended {end.what}, might {sorted(might)}, memory {end.memory}: {told}")
    return wrong

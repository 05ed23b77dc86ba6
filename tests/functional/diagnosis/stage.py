"""What a scenario is staged with: the real admin API and webhook function, and gateways to be spoiled."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sambung.edge.wiring import utc_now

if TYPE_CHECKING:
    from sambung.edge.wiring import Parts
    from sambung.store.connection import Connection
    from simulator.process import SimulatorProcess
    from tests.calling import Api
    from tests.functional.diagnosis.doorstep import Doorstep

_serial = itertools.count(1)


@dataclass
class Clock:
    """Our clock, which a test can put forward."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class Stage:
    """`home` and `away` are Evolution 2.3.6, `old` is 1.8.2. Names and numbers are new for each stage."""

    parts: Parts
    api: Api
    doorstep: Doorstep
    clock: Clock
    home: SimulatorProcess
    away: SimulatorProcess
    old: SimulatorProcess
    plain: Connection
    number: str = field(default_factory=lambda: f"62812{next(_serial):08}")
    name: str = field(default_factory=lambda: f"toko-{next(_serial)}")
    instance_id: str = ""

    def server(self, gateway: SimulatorProcess, name: str = "VPS 1") -> str:
        """Add a gateway to the registry."""
        body = {"name": name, "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
        reply = self.api.post("/api/servers", body)
        assert reply.status == 201, reply.text
        return str(reply.json["id"])

    def instance(self, server_id: str, name: str | None = None, **more: object) -> str:
        """Create an instance; the first one is the stage's own."""
        client = self.api.get("/api/clients").json["items"][0]["id"]
        body = {"client_id": client, "instance_name": name or self.name, "server_id": server_id, **more}
        reply = self.api.post("/api/instances", body)
        assert reply.status == 201, reply.text
        self.instance_id = self.instance_id or str(reply.json["id"])
        return str(reply.json["id"])

    def created(self, gateway: SimulatorProcess | None = None, *, webhooks: bool = False, **more: object) -> str:
        """A server and our instance on it, with or without webhooks that arrive; the server's id."""
        at = gateway or self.home
        at.control("webhooks", {"deliver": webhooks})
        server_id = self.server(at)
        self.instance(server_id, **more)
        return server_id

    def connected(self, gateway: SimulatorProcess | None = None, *, webhooks: bool = False) -> str:
        """The same, and paired, which Sambung has seen; the server's id."""
        at = gateway or self.home
        server_id = self.created(at, webhooks=webhooks)
        self.pair(at, self.name)
        if webhooks:
            self.doorstep.wait_for(self.name, "connection.update", "open")
        self.act("connect")
        return server_id

    def pair(self, gateway: SimulatorProcess, name: str, number: str | None = None) -> None:
        """Let a phone scan the code."""
        gateway.control(f"instances/{name}/pair", {"number": number or self.number, "direct": True})

    def act(self, action: str, **body: object) -> Any:
        """One of the admin API's actions on our instance."""
        return self.api.post(f"/api/instances/{self.instance_id}/{action}", body or None)

    def later(self, **span: float) -> None:
        """Put our clock forward."""
        self.clock.ahead += timedelta(**span)

    def change(self, table: str, **columns: object) -> None:
        """Put into the stage's rows what no route puts there."""
        names = ", ".join(f"{name} = %s" for name in columns)
        self.plain.execute(f"UPDATE {table} SET {names}", list(columns.values()))

    def diagnosis(self, groups: str = "[admin]") -> Any:
        """What the route says."""
        reply = self.api.as_(groups).get(f"/api/instances/{self.instance_id}/diagnosis")
        assert reply.status == 200, reply.text
        return reply.json

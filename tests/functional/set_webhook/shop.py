"""A shop whose numbers lived on a server before Sambung took them in, so that no event of theirs came yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sambung.domain.probe_instance import is_probe
from tests.vendor import ask, create_there

if TYPE_CHECKING:
    from sambung.edge.wiring import Parts
    from sambung.store.connection import Connection
    from simulator.process import SimulatorProcess
    from tests.calling import Api
    from tests.functional.diagnosis.doorstep import Doorstep
    from tests.functional.diagnosis.stage import Clock

NOBODY_LISTENS = "http://127.0.0.1:9"


@dataclass
class Shop:
    """The real admin API, with the door its webhooks come to."""

    parts: Parts
    api: Api
    doorstep: Doorstep
    clock: Clock
    plain: Connection
    server_id: str = ""
    instance_id: str = ""

    def takes_in(self, gateway: SimulatorProcess, *, connecting: bool = False, number: str | None = None) -> None:
        """An instance `toko` that was made on the server itself: closed, or connecting, or paired with a number."""
        create_there(gateway, "toko")
        if connecting or number:
            ask(gateway, "GET", "/instance/connect/toko", expected={200})
        if number:
            gateway.control("instances/toko/pair", {"number": number, "direct": True})
        server = {"name": "VPS 1", "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
        self.server_id = self.api.post("/api/servers", server).json["id"]
        client_id = self.api.get("/api/clients").json["items"][0]["id"]
        synced = self.api.post("/api/instances/sync", {"client_id": client_id, "server_id": self.server_id}).json
        self.instance_id = synced["synced"][0]["instance_id"]
        # What came since it was taken in is another story.
        self.plain.execute("UPDATE wa_sessions SET webhook_proven = false")

    def cannot_be_reached(self) -> None:
        """Gateways are told an address where nobody listens."""
        self.parts.settings = replace(self.parts.settings, public_url=NOBODY_LISTENS)

    def sets_webhook(self, **wish: object) -> Any:
        """What the action answers."""
        reply = self.api.post(f"/api/instances/{self.instance_id}/set-webhook", wish)
        assert reply.status == 200, reply.text
        return reply.json

    def webhook(self) -> tuple[str, bool]:
        """State and proof, as everybody is shown them."""
        shown = self.api.get(f"/api/instances/{self.instance_id}").json["webhook"]
        return shown["state"], shown["proven"]


def probes(gateway: SimulatorProcess) -> list[str]:
    """The probe instances a server has now."""
    return [name for name in gateway.instances() if is_probe(name)]


def told_by_probes(gateway: SimulatorProcess) -> set[str]:
    """The events that probe instances told us of, or tried to."""
    return {one["event"] for one in gateway.state()["delivered"] if is_probe(one["instance"])}

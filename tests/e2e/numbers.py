"""Numbers in the registry for the browser tests, made by the API: what a page is looked at needs no clicks to exist."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import httpx
import psycopg
from playwright.sync_api import Page, expect

from simulator.process import SimulatorProcess
from tests.local_stack import StackProcess

_serial = count(1)


@dataclass(frozen=True)
class Number:
    """One instance, and the simulated server it lives on."""

    id: str
    name: str
    label: str
    gateway: SimulatorProcess

    def control(self, action: str, **body: object) -> None:
        """Something happens to it at WhatsApp or on the phone."""
        self.gateway.control(f"instances/{self.name}/{action}", body)

    @property
    def memory(self) -> str:
        """What its server's memory says of it."""
        return str(self.gateway.instances()[self.name]["memory"])

    @property
    def webhook(self) -> str:
        """Where its server sends its events."""
        return str(self.gateway.state()["webhooks"][self.name]["url"])


@dataclass(frozen=True)
class Registry:
    """A running stack with one more server in it."""

    stack: StackProcess
    api: httpx.Client
    gateway: SimulatorProcess
    server_id: str

    def number(self, label: str, *, phone: str | None = None, **more: str) -> Number:
        """A new number; with `phone` it is paired, and known to be connected."""
        name = f"n-{next(_serial)}"
        client = self.api.get("/api/clients").raise_for_status().json()["items"][0]["id"]
        asked = {"client_id": client, "instance_name": name, "label": label, "server_id": self.server_id, **more}
        made = self.api.post("/api/instances", json=asked).raise_for_status().json()
        number = Number(made["id"], name, label, self.gateway)
        if phone is not None:
            number.control("pair", number=phone, profile_name=label, direct=True)
            seen = self.api.post(f"/api/instances/{number.id}/connect", json={}).raise_for_status().json()
            assert seen["already_connected"], seen
        return number

    def enter(self, page: Page, at: str = "") -> None:
        """Open the page at an address, logged in as one who came back to a tab."""
        kept = json.dumps({"token": self.stack.token(), "username": "admin"})
        page.add_init_script(f"sessionStorage.setItem('sambung.session', {json.dumps(kept)})")
        page.goto(f"{self.stack.url}/#/{at}")
        expect(page.get_by_role("navigation").first).to_be_visible()

    @contextmanager
    def busy(self, number: Number, action: str, actor: str) -> Iterator[None]:
        """Somebody else's action on it is under way."""
        with psycopg.connect(self.stack.database_url, autocommit=True) as connection:
            row = connection.execute(
                "INSERT INTO operations (session_id, instance_name, action, state, actor, correlation_id)"
                " VALUES (%s, %s, %s, 'running', %s, 'e2e') RETURNING id",
                [number.id, number.name, action, actor],
            ).fetchone()
            yield
            connection.execute("UPDATE operations SET state = 'succeeded', ended_at = now() WHERE id = %s", row)

    def look_at(self, page: Page, number: Number) -> None:
        """Open a number's own screen and wait for its diagnosis."""
        self.enter(page, f"nomor/{number.id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(number.label)
        expect(page.get_by_role("heading", name="Apa kata tiap sumber")).to_be_visible()


@contextmanager
def registry(stack: StackProcess, gateway: SimulatorProcess, name: str) -> Iterator[Registry]:
    """The stack with that server added."""
    with stack.client() as api:
        asked = {"name": name, "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
        server = api.post("/api/servers", json=asked).raise_for_status().json()
        yield Registry(stack, api, gateway, server["id"])

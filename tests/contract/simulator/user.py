"""A caller of a simulated server, with a name of its own for every instance, so that tests can share the server."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from types import TracebackType

    from simulator.process import SimulatorProcess

PATIENCE_SECONDS = 5.0
CALL_SECONDS = 20.0
DEFAULTS: dict[str, dict[str, Any]] = {
    "settings": {
        "qr_limit": 30,
        "qr_refs": 6,
        "login_s": 0.3,
        "qr_refresh_s": 45.0,
        "conflict": False,
        "refuse_sends": False,
    },
    "webhooks": {"deliver": True, "clock_offset_s": -10800, "global_url": None, "global_by_events": False},
}


class User:
    """Calls the server as a client does, and its laboratory as a tester; tidies the laboratory up at the end."""

    def __init__(self, process: SimulatorProcess) -> None:
        self.process = process
        self.created: list[str] = []
        self.client = httpx.Client(
            base_url=process.url, headers={"apikey": process.api_key}, timeout=CALL_SECONDS, trust_env=False
        )

    def create(self, hook: str | None = None, **more: Any) -> str:
        """Create an instance, with all events to `hook` if given; returns its name."""
        name = f"i{uuid.uuid4().hex[:10]}"
        self.created.append(name)
        body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS", **more}
        self.client.post("/instance/create", json=body).raise_for_status()
        if hook is not None:
            self.hook(name, hook)
        return name

    def hook(self, name: str, url: str, **more: Any) -> None:
        """Set a webhook with the body that both generations take."""
        nested = {"url": url, "enabled": True, "events": [], **more}
        body = {"url": url, "enabled": True, "events": [], "webhook": nested}
        self.client.post(f"/webhook/set/{name}", json=body).raise_for_status()

    def connected(self, hook: str | None = None) -> str:
        """An instance that was paired and is open."""
        name = self.create(hook)
        self.connect(name)
        self.act(name, "pair", number="6281200000001")
        self.until(name, memory="open")
        return name

    def connect(self, name: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(f"/instance/connect/{name}").json()
        return answer

    def state(self, name: str) -> dict[str, Any]:
        """The `instance` of connectionState, or {} where there is none."""
        answer: dict[str, Any] = self.client.get(f"/instance/connectionState/{name}").json().get("instance", {})
        return answer

    def act(self, name: str, action: str, **body: Any) -> None:
        self.process.control(f"instances/{name}/{action}", body)

    def until(self, name: str, **wanted: Any) -> dict[str, Any]:
        """Wait until the laboratory sees an instance so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found: dict[str, Any] = self.process.instances().get(name, {})
            if all(found.get(key) == value for key, value in wanted.items()):
                return found
            assert time.monotonic() < deadline, f"{name} never became {wanted}, but is {found}"
            time.sleep(0.01)

    def gone(self, name: str) -> None:
        """Wait until the server knows nothing of an instance."""
        self.until(name, loaded=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.pid is not None:
            self._tidy()
        self.client.close()

    def _tidy(self) -> None:
        self.process.control("faults", method="DELETE")
        for group, values in DEFAULTS.items():
            self.process.control(group, values)
        for name in self.created:
            self.client.delete(f"/instance/logout/{name}")
            self.client.delete(f"/instance/delete/{name}")

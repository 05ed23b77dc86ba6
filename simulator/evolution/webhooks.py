"""Carries events to webhooks as each generation does: one try without a deadline, or ten over twenty minutes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from simulator.evolution.record import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.pace import Pace
    from simulator.wire import Body

JWT_SECONDS = 600
KEPT_ATTEMPTS = 5000
TAKEN = range(200, 300)


@dataclass(frozen=True)
class Patience:
    """How often a delivery is tried; the jitter never makes the first wait shorter."""

    attempts: int = 1
    first_wait_s: float = 5.0
    longest_wait_s: float = 300.0
    jitter: float = 0.2
    timeout_s: float = 600.0
    hopeless: frozenset[int] = frozenset()

    def wait(self, attempt: int) -> float:
        """Seconds between try `attempt` (from 1) and the next."""
        base = min(self.first_wait_s * float(2 ** (attempt - 1)), self.longest_wait_s)
        return max(self.first_wait_s, base + base * self.jitter * random.uniform(-1, 1))


@dataclass(frozen=True)
class Parcel:
    """One event on its way to one address."""

    url: str
    headers: dict[str, str]
    envelope: Body


@dataclass(frozen=True)
class Attempt:
    """One try, for tests to read: `status` None means that no answer came."""

    instance: str
    event: str
    url: str
    attempt: int
    status: int | None
    at: float


@dataclass
class Knowledge:
    """What a lab can change about delivery; the Docker image's clock is three hours off."""

    deliver: bool = True
    clock_offset_s: float = -10800.0
    global_url: str | None = None
    global_by_events: bool = False


@dataclass
class Courier:
    """Delivers, and remembers every attempt."""

    patience: Patience
    pace: Pace
    agent: str
    lab: Knowledge = field(default_factory=Knowledge)
    attempts: deque[Attempt] = field(default_factory=lambda: deque(maxlen=KEPT_ATTEMPTS))
    _client: aiohttp.ClientSession | None = None
    _underway: set[asyncio.Task[bool]] = field(default_factory=set)

    def stamp(self) -> str:
        """The server's local time with its false Z."""
        return timestamp(self.lab.clock_offset_s)

    def send(self, parcel: Parcel) -> None:
        """Deliver without waiting for it."""
        task = asyncio.get_running_loop().create_task(self.deliver(parcel))
        self._underway.add(task)
        task.add_done_callback(self._underway.discard)

    async def deliver(self, parcel: Parcel, first_failed: Callable[[], None] | None = None) -> bool:
        """Try until it is taken, hopeless or worn out; `first_failed` is called when the first try fails."""
        if not self.lab.deliver or not parcel.url.startswith(("http://", "https://")):
            return False
        for attempt in range(1, self.patience.attempts + 1):
            status = await self._try(parcel, attempt)
            if status in TAKEN:
                return True
            if attempt == 1 and first_failed is not None:
                first_failed()
            if status in self.patience.hopeless or attempt == self.patience.attempts:
                return False
            await self.pace.sleep(self.patience.wait(attempt))
        return False

    async def _try(self, parcel: Parcel, attempt: int) -> int | None:
        status = await self._post(parcel)
        envelope = parcel.envelope
        self.attempts.append(
            Attempt(str(envelope["instance"]), str(envelope["event"]), parcel.url, attempt, status, time.time())
        )
        return status

    async def _post(self, parcel: Parcel) -> int | None:
        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.patience.timeout_s))
        body = json.dumps(parcel.envelope, ensure_ascii=False, separators=(",", ":")).encode()
        plain = {"Accept": "application/json, text/plain, */*", "User-Agent": self.agent}
        headers = {"Content-Type": "application/json", **plain, **parcel.headers}
        try:
            async with self._client.post(parcel.url, data=body, headers=headers) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    def forget(self) -> None:
        """Lose what is underway, as the end of the process does."""
        for task in tuple(self._underway):
            task.cancel()

    async def aclose(self) -> None:
        """Stop."""
        self.forget()
        if self._client is not None:
            await self._client.close()

    def history(self) -> list[dict[str, Any]]:
        """Every attempt, oldest first."""
        return [asdict(attempt) for attempt in self.attempts]


def bearer(key: str) -> str:
    """The HS256 token that 2.x makes of the header `jwt_key`; it expires before the last retry."""
    now = int(time.time())
    claims = {"iat": now, "exp": now + JWT_SECONDS, "app": "evolution", "action": "webhook"}
    signed = f"{_segment({'alg': 'HS256', 'typ': 'JWT'})}.{_segment(claims)}"
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"Bearer {signed}.{_urlsafe(digest)}"


def _segment(value: dict[str, Any]) -> str:
    return _urlsafe(json.dumps(value, separators=(",", ":")).encode())


def _urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""Carries a node's events to its backend: signed, and tried again only after 429, a refusal or a timeout."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp

if TYPE_CHECKING:
    from simulator.pace import Pace
    from simulator.wire import Body

DOOR = "/api/whatsapp/webhooks/webjs"
ACTIVE = "/api/whatsapp/accounts/active"
AGENT = "WhatsApp-WebJS-Service/1.0"
ATTEMPTS = 4
AFTER_429_S = 1.0
AFTER_SILENCE_S = 2.0
TIMEOUT_S = 10.0
# A busy machine needs this long to answer at all, however fast the waits are made.
SHORTEST_TIMEOUT_S = 5.0
TOO_MANY, BAD = 429, 400
KEPT_ATTEMPTS = 5000


@dataclass(frozen=True)
class Attempt:
    """One try, for tests to read: `status` None means that no answer came."""

    event: str
    session: str
    attempt: int
    status: int | None
    at: float


@dataclass
class Notifier:
    """Posts to one backend as one node; without a backend nothing leaves."""

    backend: str | None
    key: str
    secret: str
    announced: str
    pace: Pace
    deliver: bool = True
    attempts: deque[Attempt] = field(default_factory=lambda: deque(maxlen=KEPT_ATTEMPTS))
    _client: aiohttp.ClientSession | None = None

    async def notify(self, event: str, data: Body) -> str | None:
        """Tell the backend; what went wrong in the end, None where it was taken or nobody listens."""
        if not self.backend or not self.deliver:
            return None
        body = json.dumps({"event": event, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()
        for attempt in range(ATTEMPTS):
            status, wrong, again_s = await self._try(body)
            self.attempts.append(Attempt(event, str(data.get("session_id")), attempt + 1, status, time.time()))
            if wrong is None or again_s is None or attempt == ATTEMPTS - 1:
                return "Webhook rate limit exceeded after retries" if status == TOO_MANY else wrong
            await self.pace.sleep(again_s * 2**attempt)
        return None

    async def _try(self, body: bytes) -> tuple[int | None, str | None, float | None]:
        """The status, what is wrong with it, and the first wait before another try, if there is to be one."""
        try:
            status = await self._post(body)
        except aiohttp.ClientConnectorError:
            return None, "connect ECONNREFUSED", AFTER_SILENCE_S
        except TimeoutError:
            return None, f"timeout of {TIMEOUT_S:.0f}000ms exceeded", AFTER_SILENCE_S
        except aiohttp.ClientError:
            return None, "socket hang up", None
        if status == TOO_MANY:
            return status, "Request failed with status code 429", AFTER_429_S
        # A redirect is not followed, and counts as an answer.
        failed = status >= BAD or status in range(300, 400)
        return status, f"Request failed with status code {status}" if failed else None, None

    async def _post(self, body: bytes) -> int:
        timestamp = str(int(time.time()))
        headers = {
            "Accept": "application/json, text/plain, */*",
            "Content-Type": "application/json",
            "X-HMAC-Signature": hmac.new(self.secret.encode(), timestamp.encode() + body, hashlib.sha256).hexdigest(),
            "X-Timestamp": timestamp,
            "X-Instance-Url": self.announced,
            "User-Agent": AGENT,
            "Connection": "close",
        }
        url, timeout = f"{self.backend}{DOOR}", max(TIMEOUT_S / self.pace.speed, SHORTEST_TIMEOUT_S)
        async with (
            asyncio.timeout(timeout),
            self._session().post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            await response.read()
            return response.status

    async def active_sessions(self) -> list[Body]:
        """What the backend wants restored; nothing where it refuses, or stays away for three tries."""
        for wait_s in (1.0, 2.0, None):
            try:
                return await self._active()
            except (aiohttp.ClientError, TimeoutError):
                if wait_s is not None:
                    await self.pace.sleep(wait_s)
        return []

    async def _active(self) -> list[Body]:
        if not self.backend:
            return []
        headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
        async with self._session().get(f"{self.backend}{ACTIVE}", headers=headers) as response:
            if response.status >= BAD:
                return []
            answer = await response.json()
        sessions = answer.get("sessions") if isinstance(answer, dict) else None
        return sessions if isinstance(sessions, list) else []

    async def mark_disconnected(self, session: object, workspace: object, reason: str) -> None:
        """Tell the backend that a session could not be restored; nobody minds if that fails."""
        url = f"{self.backend}/api/whatsapp/sessions/{quote(str(session), safe='')}/mark-disconnected"
        try:
            body = {"workspace_id": workspace, "reason": reason}
            async with self._session().post(url, json=body, headers={"X-API-Key": self.key}) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError):
            return

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            # A connection that is kept would be closed under the next post, since each of them says so.
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=30),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._client

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()

    def history(self) -> list[dict[str, Any]]:
        """Every attempt, oldest first."""
        return [asdict(attempt) for attempt in self.attempts]

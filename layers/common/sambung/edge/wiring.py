"""The composition root the functions share: every part is built once and can be replaced one by one in a test."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sambung.domain.errors import Code, GatewayFailed
from sambung.edge import settings as environment
from sambung.edge.keyring import Keyring, SecretUnreadable
from sambung.edge.settings import Settings
from sambung.gateways import KINDS, open_gateway
from sambung.gateways.shape import Gateway, WebhookShape
from sambung.store.connection import Database
from sambung.store.servers import Server

if TYPE_CHECKING:
    from sambung.gateways.http import GatewayHttp, Patience

T = TypeVar("T")


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Opens(Protocol):
    """Opens the adapter of a server's kind."""

    def __call__(self, server: Server, patience: "Patience | None" = None) -> Gateway:
        """`patience`: another than the usual. Raises what opening can: GatewayFailed, SecretUnreadable."""


@dataclass
class Parts:
    """What a function works with."""

    settings: Settings
    database: Database
    keyring: Keyring
    gateway_for: Opens
    now: Callable[[], datetime] = utc_now
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def gateway_if_any(self, server: Server | None, patience: "Patience | None" = None) -> Gateway | None:
        """The way to a server; None where there is none: switched off, of a kind nobody speaks, or locked with a key
        that is no longer listed. That is no reason to leave other servers alone."""
        if server is None or not server.enabled or server.kind not in KINDS:
            return None
        try:
            return self.gateway_for(server, patience)
        except SecretUnreadable:
            return None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run gateway calls to their end; one event loop lives as long as the execution environment."""
        # Its own context would be that of its first call, with the first invocation's correlation id.
        return self._runner.run(work, context=copy_context())

    def close(self) -> None:
        """Give everything back; an execution environment never does, a test does."""
        if isinstance(self.gateway_for, GatewayOpener):
            self.run(self.gateway_for.close())
        self._runner.close()
        self.database.close()


def parts_from_environment() -> Parts:
    """The real parts."""
    settings = environment.from_environment()
    keyring = Keyring(settings.keys)
    return Parts(
        settings=settings,
        database=Database(settings.database_url),
        keyring=keyring,
        gateway_for=GatewayOpener(settings, keyring),
    )


class GatewayOpener:
    """Opens the adapter for a server; the HTTP client behind all of them is made with the first one."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._settings = settings
        self._keyring = keyring
        self._http: GatewayHttp | None = None

    async def close(self) -> None:
        """Close the connections to all servers."""
        if self._http is not None:
            await self._http.aclose()

    def __call__(self, server: Server, patience: "Patience | None" = None) -> Gateway:
        """See Opens."""
        from sambung.gateways.http import GatewayHttp

        if self._http is None:
            self._http = GatewayHttp(local=self._settings.is_local)
        if not server.enabled:
            raise GatewayFailed(
                Code.SERVER_UNREACHABLE, transient=False, maybe_done=False, params={"cause": "disabled"}
            )
        return open_gateway(
            server.kind,
            server.base_url,
            self._keyring.unseal(server.api_key_sealed),
            version=server.version,
            webhook_shape=WebhookShape(server.webhook_shape) if server.webhook_shape else None,
            http=self._http,
            patience=patience,
        )

"""Connects to servers only at addresses that were looked at first, so that a name cannot lead into our own network."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from sambung.gateways.addresses import address_refusal, as_ip

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_RESOLVE_S: Final = 2.0
_REMEMBERED_S: Final = 30.0
_ADDRESSES: Final = 3
# Node's servers close idle connections after 5 s; a request on a closing one may or may not have been read.
_LIMITS: Final = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=4.0)


class NameNotResolved(httpx.ConnectError):
    """The host's name has no address, or the name server did not answer in time."""


class AddressRefused(httpx.ConnectError):
    """One of the host's addresses is not for us to dial."""


@dataclass(frozen=True, slots=True)
class _Known:
    addresses: tuple[str, ...]
    until: float


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Every address of the host, IPv4 first, as the system's resolver knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in sorted(found, key=lambda info: info[0] != socket.AF_INET)]


class CheckedTransport(httpx.AsyncBaseTransport):
    """Dials the checked address itself and keeps Host and SNI, so that nothing is resolved twice.

    Each origin has its own connections: a hung server starves no other, and no connection made for one name serves
    another on the same address. `local` allows private addresses.
    """

    def __init__(self, *, local: bool, resolve: Resolve = system_resolve, tls: ssl.SSLContext | None = None) -> None:
        self._local = local
        self._resolve = resolve
        self._tls = tls
        self._known: dict[tuple[str, int], _Known] = {}
        self._origins: dict[tuple[str, str, int], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        through = self._transport(request.url.scheme, host, port)
        failed: httpx.TransportError | None = None
        for address in await self._addresses(host, port):
            try:
                return await through.handle_async_request(_at(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        self._known.pop((host, port), None)
        raise failed or NameNotResolved("no address")

    async def aclose(self) -> None:
        for transport in self._origins.values():
            await transport.aclose()
        self._origins.clear()

    def _transport(self, scheme: str, host: str, port: int) -> httpx.AsyncHTTPTransport:
        key = (scheme, host, port)
        if key not in self._origins:
            verify = self._trust() if scheme == "https" else False
            self._origins[key] = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=_LIMITS)
        return self._origins[key]

    def _trust(self) -> ssl.SSLContext:
        """Reading the certificates of the world's authorities takes a while, so it is done when needed, and once."""
        self._tls = self._tls or httpx.create_ssl_context()
        return self._tls

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        now = asyncio.get_running_loop().time()
        known = self._known.get((host, port))
        if known and known.until > now:
            return known.addresses
        found = await self._look_up(host, port)
        for address in found:
            _refuse(address, local=self._local)
        kept = tuple(dict.fromkeys(found))[:_ADDRESSES]
        self._known[host, port] = _Known(kept, now + _REMEMBERED_S)
        return kept

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        try:
            async with asyncio.timeout(_RESOLVE_S):
                return await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NameNotResolved(type(error).__name__) from error


def _refuse(address: str, *, local: bool) -> None:
    ip = as_ip(address)
    refusal = address_refusal(ip, local=local) if ip else "cannot be read"
    if refusal:
        raise AddressRefused(refusal)


def _at(address: str, request: httpx.Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )

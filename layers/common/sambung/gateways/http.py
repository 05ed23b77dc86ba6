"""The one place that speaks HTTP to gateways: deadlines, limits, and every network error made ours."""

import asyncio
import json
import logging
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Self, TypeVar

import httpx

from sambung.domain.errors import Code
from sambung.gateways.ask import Ask, Effect
from sambung.gateways.dialing import AddressRefused, CheckedTransport, NameNotResolved
from sambung.gateways.redaction import evidence
from sambung.gateways.reply import Reply, read
from sambung.gateways.shape import Failed, Kind, Ok, Result

T = TypeVar("T")

# They would log every address, and with `?number=` that is a phone number; `observe` tells what may be told.
for _talkative in ("httpx", "httpcore"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

_AGENT: Final = "Sambung"
_PAUSE_S: Final = (0.1, 0.4)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long calls may take in all, in seconds, and how often a read is repeated within that time."""

    connect_s: float = 2.0
    read_s: float = 5.0
    action_s: float = 15.0
    repeats: int = 2

    def of(self, effect: Effect) -> float:
        """The total deadline of one call."""
        return self.read_s if effect is Effect.READ else self.action_s


@dataclass(frozen=True, slots=True)
class Spoken:
    """One exchange, for logs and metrics: no address, no name, no key. `http` is None where nothing was answered."""

    call: str
    http: int | None
    cause: str | None
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Line:
    """A server to speak to: its canonical origin and the key that goes there and nowhere else.

    `key_header` None: the server reads no header, so each ask carries the key itself.
    """

    origin: str
    key: str = field(repr=False)
    key_header: str | None = "apikey"


class TooLarge(httpx.TransportError):
    """The answer is larger than any answer of this call."""


class Encoded(httpx.TransportError):
    """The answer is compressed although that was declined; unpacking it could fill the memory."""


class GatewayHttp:
    """Speaks to all servers from one event loop; close it in the loop that used it.

    `local`: the stage that allows private addresses. `transport` is the seam for tests. `observe` sees every exchange.
    """

    def __init__(
        self,
        *,
        local: bool,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Callable[[Spoken], None] | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            transport=transport or CheckedTransport(local=local),
            headers={"user-agent": _AGENT, "accept": "application/json", "accept-encoding": "identity"},
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            trust_env=False,
        )
        self._observe = observe or (lambda _: None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def exchange(self, line: Line, ask: Ask, *, seconds: float, connect_s: float) -> Reply | Failed:
        """Ask once; the answer as it came, or why there was none. Never raises for what a network can do."""
        started = asyncio.get_running_loop().time()
        outcome = await self._exchange(line, ask, seconds, connect_s)
        took = round((asyncio.get_running_loop().time() - started) * 1000)
        if isinstance(outcome, Failed):
            self._observe(Spoken(ask.name, None, outcome.cause, took))
        else:
            self._observe(Spoken(ask.name, outcome.status, None, took))
        return outcome

    async def _exchange(self, line: Line, ask: Ask, seconds: float, connect_s: float) -> Reply | Failed:
        hidden = _hidden(line, ask)
        if not all(key.isascii() and key.isprintable() for key in (line.key, ask.key or "")):
            return Failed(Kind.PERMANENT, Code.SERVER_KEY_REJECTED, cause="key_unsendable")
        try:
            async with asyncio.timeout(seconds), self._opened(line, ask, seconds, connect_s) as response:
                content = await _content(response, ask.limit)
                return read(response.status_code, content, response.headers, hidden)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return _failed(error, ask, hidden)

    @asynccontextmanager
    async def _opened(self, line: Line, ask: Ask, seconds: float, connect_s: float) -> AsyncIterator[httpx.Response]:
        # Before the deadline, so that what never left is known not to have left.
        soon = seconds * 0.9
        request = self._client.build_request(
            ask.method,
            line.origin + ask.path,
            content=None if ask.body is None else json.dumps(ask.body).encode(),
            headers=_headers(line, ask),
            timeout=httpx.Timeout(seconds, connect=min(connect_s, soon), pool=soon),
        )
        response = await self._client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()


async def persist(
    attempt: Callable[[float], Awaitable[Result[T]]],
    patience: Patience,
    effect: Effect = Effect.READ,
    *,
    chance: Callable[[], float] = random.random,
) -> Result[T]:
    """Repeat what failed in passing, with pauses of 100 to 400 ms, all within the time of one call.

    The only place that repeats a call. An action fails in passing only where it provably never took effect: what may
    have been sent is ambiguous, and never sent again.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + patience.of(effect)
    for _ in range(patience.repeats):
        outcome = await attempt(max(ends - clock(), 0.001))
        if isinstance(outcome, Ok) or outcome.kind is not Kind.TRANSIENT or outcome.code is Code.SEND_RATE_LIMITED:
            return outcome
        pause = max(_PAUSE_S[0] + chance() * (_PAUSE_S[1] - _PAUSE_S[0]), outcome.retry_after_s or 0.0)
        if clock() + pause >= ends:
            return outcome
        await asyncio.sleep(pause)
    return await attempt(max(ends - clock(), 0.001))


async def _content(response: httpx.Response, limit: int) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Encoded("compressed")
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > limit:
            raise TooLarge(f"over {limit} bytes")
        parts.append(part)
    return b"".join(parts)


def _headers(line: Line, ask: Ask) -> dict[str, str]:
    typed = {} if ask.body is None else {"content-type": "application/json"}
    keyed = {} if line.key_header is None else {line.key_header: ask.key or line.key}
    return {**keyed, **typed}


def _hidden(line: Line, ask: Ask) -> tuple[str, ...]:
    return tuple(filter(None, (line.key, ask.key, *ask.secrets)))


# The order tells: the first class that fits names the cause. True: the request never left.
_CAUSES: Final[tuple[tuple[type[BaseException], str, Code, bool], ...]] = (
    (AddressRefused, "forbidden_address", Code.SERVER_UNREACHABLE, True),
    (NameNotResolved, "dns", Code.SERVER_UNREACHABLE, True),
    (httpx.ConnectTimeout, "timeout", Code.SERVER_UNREACHABLE, True),
    (httpx.PoolTimeout, "busy", Code.SERVER_TIMEOUT, True),
    (httpx.ConnectError, "unreachable", Code.SERVER_UNREACHABLE, True),
    (httpx.TimeoutException, "timeout", Code.SERVER_TIMEOUT, False),
    (TimeoutError, "timeout", Code.SERVER_TIMEOUT, False),
    (TooLarge, "too_large", Code.SERVER_ERROR, False),
    (Encoded, "garbage", Code.SERVER_ERROR, False),
    (httpx.RemoteProtocolError, "broken_off", Code.SERVER_ERROR, False),
    (httpx.InvalidURL, "forbidden_address", Code.SERVER_UNREACHABLE, True),
    (httpx.HTTPError, "broken_off", Code.SERVER_UNREACHABLE, False),
)
# These do not pass by themselves.
_LASTING: Final = frozenset({"forbidden_address", "tls", "too_large"})


def _failed(error: BaseException, ask: Ask, hidden: tuple[str, ...]) -> Failed:
    """The one place where httpx's errors become ours."""
    cause, code, unsent = next((c, k, u) for kind, c, k, u in _CAUSES if isinstance(error, kind))
    if isinstance(error, httpx.ConnectError) and cause == "unreachable":
        cause = _why_not_connected(error)
    if not unsent and ask.effect is Effect.ACTION:
        kind = Kind.AMBIGUOUS
    else:
        kind = Kind.PERMANENT if cause in _LASTING else Kind.TRANSIENT
    return Failed(kind, code, cause=cause, evidence=evidence(f"{type(error).__name__}: {error}", hidden))


def _why_not_connected(error: BaseException) -> str:
    below = list(_roots(error))
    if any(isinstance(e, ssl.SSLError) for e in below):
        return "tls"
    return "refused" if any(isinstance(e, ConnectionRefusedError) for e in below) else "unreachable"


def _roots(error: BaseException | None) -> list[BaseException]:
    """The error, what caused it, and what is grouped in it."""
    if error is None:
        return []
    grouped = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return [error, *(e for inner in grouped for e in _roots(inner)), *_roots(error.__cause__ or error.__context__)]

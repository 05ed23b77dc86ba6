"""What a hostile, broken or absent server can do to the client: nothing but a typed failure, in time."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sambung.domain.errors import Code
from sambung.gateways import open_gateway
from sambung.gateways.dialing import CheckedTransport, system_resolve
from sambung.gateways.http import GatewayHttp, Patience
from sambung.gateways.shape import Failed, Gateway, Kind, Memory, Ok, Result

KEY: Final = "canary-server-key"
QUICK: Final = Patience(connect_s=0.5, read_s=0.6, action_s=0.6, repeats=0)
OPEN: Final = b'{"instance": {"instanceName": "a", "state": "open"}}'

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Call = Callable[[Gateway], Awaitable[Result[object]]]


def memory(gateway: Gateway) -> Awaitable[Result[object]]:
    return gateway.memory("a")


def restart(gateway: Gateway) -> Awaitable[Result[object]]:
    return gateway.restart("a")


@asynccontextmanager
async def serving(peer: Peer, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on an ephemeral port of the loopback that treats each connection by `peer`."""

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(treat, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def says(*parts: bytes, pause: float = 0.0) -> Peer:
    """Reads one request, writes the parts with a pause between them, and closes."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return peer


def http(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


def ask(peer: Peer, call: Call = memory, patience: Patience = QUICK) -> Result[object]:
    async def run() -> Result[object]:
        async with serving(peer) as port, GatewayHttp(local=True) as client:
            return await call(gateway(client, f"http://127.0.0.1:{port}", patience))

    return asyncio.run(run())


def gateway(client: GatewayHttp, origin: str, patience: Patience = QUICK) -> Gateway:
    return open_gateway("evolution", origin, KEY, version="2.3.6", webhook_shape=None, http=client, patience=patience)


def failed(result: Result[object]) -> Failed:
    assert isinstance(result, Failed)
    assert "canary" not in repr(result)
    return result


def test_a_good_server_is_understood() -> None:
    assert ask(says(http(OPEN))) == Ok(Memory.OPEN)


def test_one_byte_at_a_time_does_not_stretch_the_deadline() -> None:
    """Every byte restarts a read timeout; the call ends all the same."""
    drip = says(http(OPEN)[:40], *(b" " for _ in range(600)), pause=0.05)
    started = time.monotonic()
    done = failed(ask(drip))
    assert time.monotonic() - started < 3
    assert (done.kind, done.code, done.cause) == (Kind.TRANSIENT, Code.SERVER_TIMEOUT, "timeout")


def test_an_action_that_got_no_answer_in_time_may_have_been_done() -> None:
    done = failed(ask(says(b"", pause=5), restart))
    assert (done.kind, done.code) == (Kind.AMBIGUOUS, Code.SERVER_TIMEOUT)


def test_an_endless_answer_is_cut() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    done = failed(ask(endless, patience=Patience(repeats=0)))
    assert (done.code, done.cause) == (Code.SERVER_ERROR, "too_large")


def test_a_compressed_answer_is_not_unpacked() -> None:
    done = failed(ask(says(http(b"\x1f\x8b" + b"0" * 100, b"content-encoding: gzip"))))
    assert (done.code, done.cause) == (Code.SERVER_ERROR, "garbage")


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (b"", "broken_off"),
        (http(OPEN)[:-10], "broken_off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "broken_off"),
        (http(b"<html>hello</html>"), "garbage"),
        (http(OPEN[:-5]), "garbage"),
    ],
)
def test_a_broken_answer_is_transient_for_a_read_and_ambiguous_for_an_action(said: bytes, cause: str) -> None:
    read, acted = failed(ask(says(said))), failed(ask(says(said), restart))
    assert (read.kind, acted.kind) == (Kind.TRANSIENT, Kind.AMBIGUOUS)
    assert read.cause == acted.cause == cause


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else() -> None:
    heard: list[bytes] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.write(http(OPEN))

    async def run() -> Result[object]:
        async with serving(elsewhere) as other:
            moved = http(b"", b"location: http://127.0.0.1:%d/" % other, status=b"302 Found")
            async with serving(says(moved)) as port, GatewayHttp(local=True) as client:
                return await gateway(client, f"http://127.0.0.1:{port}").memory("a")

    done = failed(asyncio.run(run()))
    assert (done.kind, done.code, done.cause) == (Kind.PERMANENT, Code.SERVER_UNREACHABLE, "redirect")
    assert heard == []


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(says(http(OPEN))) == Ok(Memory.OPEN)


def test_no_cookie_comes_back() -> None:
    heard: list[bytes] = []

    async def setting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(http(OPEN, b"set-cookie: s=1; Path=/"))
            await writer.drain()

    async def twice(one: Gateway) -> Result[object]:
        await one.memory("a")
        return await one.memory("a")

    assert ask(setting, twice) == Ok(Memory.OPEN)
    assert len(heard) == 2
    assert all(b"cookie" not in request.lower() for request in heard)
    assert all(b"accept-encoding: identity" in request.lower() for request in heard)


def test_a_closed_port_is_refused_and_a_repeat_may_help() -> None:
    async def run() -> Result[object]:
        async with serving(says(b"")) as port:
            pass
        async with GatewayHttp(local=True) as client:
            return await gateway(client, f"http://127.0.0.1:{port}").restart("a")

    done = failed(asyncio.run(run()))
    assert (done.kind, done.code, done.cause) == (Kind.TRANSIENT, Code.SERVER_UNREACHABLE, "refused")


def test_a_plain_server_behind_https_is_a_tls_failure() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(http(b"", status=b"400 Bad Request"))
        await writer.drain()

    async def run() -> Result[object]:
        async with serving(plain) as port, GatewayHttp(local=True) as client:
            return await gateway(client, f"https://127.0.0.1:{port}").restart("a")

    done = failed(asyncio.run(run()))
    assert (done.kind, done.code, done.cause) == (Kind.PERMANENT, Code.SERVER_UNREACHABLE, "tls")


def test_a_handshake_that_hangs_proves_that_an_action_never_left() -> None:
    async def run() -> Result[object]:
        async with serving(says(b"", pause=5)) as port, GatewayHttp(local=True) as client:
            return await gateway(client, f"https://127.0.0.1:{port}", Patience(connect_s=0.3)).restart("a")

    done = failed(asyncio.run(run()))
    assert (done.kind, done.code, done.cause) == (Kind.TRANSIENT, Code.SERVER_UNREACHABLE, "timeout")


def test_no_number_and_no_key_gets_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask(says(http(OPEN)), lambda g: g.connect("a", "6281234567890"))
    assert "6281234567890" not in caplog.text
    assert KEY not in caplog.text


def ask_by_name(
    host: str, addresses: Sequence[str] | Exception, *, local: bool, peer: Peer | None = None
) -> tuple[Result[object], int]:
    """A call to a server known by name, with the addresses its name has; and how often it was resolved."""
    asked = 0

    async def resolve(_: str, __: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        if isinstance(addresses, Exception):
            raise addresses
        return addresses

    async def run() -> Result[object]:
        transport = CheckedTransport(local=local, resolve=resolve)
        async with serving(peer or says(http(OPEN))) as port, GatewayHttp(local=local, transport=transport) as client:
            return await gateway(client, f"http://{host}:{port}").memory("a")

    return asyncio.run(run()), asked


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["64:ff9b::7f00:1"], ["8.8.8.8", "127.0.0.1"], ["x"]],
)
def test_a_name_that_leads_into_our_network_is_not_dialled(addresses: list[str]) -> None:
    done = failed(ask_by_name("wa.example.com", addresses, local=False)[0])
    assert (done.kind, done.code, done.cause) == (Kind.PERMANENT, Code.SERVER_UNREACHABLE, "forbidden_address")


@pytest.mark.parametrize("trouble", [OSError("no such host"), [], UnicodeError("label too long")])
def test_a_name_without_an_address_is_a_dns_failure(trouble: Exception | list[str]) -> None:
    done = failed(ask_by_name("wa.example.com", trouble, local=True)[0])
    assert (done.kind, done.code, done.cause) == (Kind.TRANSIENT, Code.SERVER_UNREACHABLE, "dns")


def test_the_checked_address_is_the_dialled_one_and_the_server_hears_its_own_name() -> None:
    heard: list[bytes] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(http(OPEN))

    done, asked = ask_by_name("wa.example.com", ["127.0.0.1"], local=True, peer=listening)
    assert (done, asked) == (Ok(Memory.OPEN), 1)
    assert b"\r\nhost: wa.example.com:" in heard[0].lower()


def test_the_next_address_is_tried_when_one_refuses() -> None:
    done, _ = ask_by_name("wa.example.com", ["127.0.0.2", "127.0.0.1"], local=True)
    assert done == Ok(Memory.OPEN)


def test_the_systems_resolver_knows_this_machine() -> None:
    assert "127.0.0.1" in asyncio.run(system_resolve("localhost", 80))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for wa.example.com and its key in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wa.example.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("wa.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def ask_over_tls(certificate: Path, host: str, *, trusted: bool) -> Result[object]:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    ours = ssl.create_default_context(cafile=str(certificate) if trusted else None)

    async def resolve(_: str, __: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def run() -> Result[object]:
        async with serving(says(http(OPEN)), tls=server_side) as port:
            transport = CheckedTransport(local=True, resolve=resolve, tls=ours)
            async with GatewayHttp(local=True, transport=transport) as client:
                return await gateway(client, f"https://{host}:{port}").memory("a")

    return asyncio.run(run())


def test_the_certificate_is_checked_against_the_name_although_an_address_is_dialled(certificate: Path) -> None:
    assert ask_over_tls(certificate, "wa.example.com", trusted=True) == Ok(Memory.OPEN)


@pytest.mark.parametrize(("host", "trusted"), [("other.example.com", True), ("wa.example.com", False)])
def test_a_certificate_for_another_name_or_of_nobody_is_a_tls_failure(
    certificate: Path, host: str, trusted: bool
) -> None:
    done = failed(ask_over_tls(certificate, host, trusted=trusted))
    assert (done.kind, done.cause) == (Kind.PERMANENT, "tls")


def test_one_hung_server_does_not_hold_up_another() -> None:
    patience = Patience(read_s=3, repeats=0)

    async def run() -> tuple[list[Result[object]], float]:
        async with serving(says(b"", pause=9)) as hung, serving(says(http(OPEN))) as good, GatewayHttp(local=True) as c:
            slow = gateway(c, f"http://127.0.0.1:{hung}", patience)
            stuck = [asyncio.create_task(slow.memory("a")) for _ in range(50)]
            started = time.monotonic()
            found: Result[object] = await gateway(c, f"http://127.0.0.1:{good}", patience).memory("a")
            took = time.monotonic() - started
            return [found, *await asyncio.gather(*stuck)], took

    (found, *others), took = asyncio.run(run())
    assert found == Ok(Memory.OPEN)
    assert took < patience.read_s / 2
    assert all(failed(other).code is Code.SERVER_TIMEOUT for other in others)

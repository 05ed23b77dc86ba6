"""Which addresses a server may have: one spelling for each, and none that leads into our own network."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LENGTH: Final = 300
_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_INTERNAL_NAMES: Final = (".local", ".internal", ".lan", ".home", ".localdomain", ".home.arpa")

# Each embeds or stands for another address, or answers with credentials of the machine that asks.
_NEVER: Final = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "100.100.100.200/32",  # metadata
        "169.254.0.0/16",  # link-local, metadata
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible; loopback ::1 is looked at first
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fd00:ec2::/32",  # metadata
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
    )
)


class BadAddress(ValueError):
    """A base URL that cannot be a server's; `reason` says what to mend, in English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Origin:
    """A server's address in its one spelling; `host` without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


def canonical_origin(url: str, *, local: bool) -> str:
    """The one spelling of a server's base URL, for example `https://wa.example.com:8443`; raises BadAddress.

    `local`: the laptop's stage, which alone allows http and private addresses.
    """
    return str(parse_origin(url, local=local))


def parse_origin(url: str, *, local: bool) -> Origin:
    """The parts of a base URL; raises BadAddress."""
    bare = url.strip()
    if not bare or len(bare) > _LENGTH or not bare.isprintable() or any(c in bare for c in " \\%<>\"'`{}|^"):
        raise BadAddress("write it as https://host or https://host:port")
    scheme, colon, _ = bare.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in _PORTS:
        raise BadAddress("must start with https://")
    if scheme == "http" and not local:
        raise BadAddress("must use https, since the server's key travels with every call")
    authority = _authority(bare)
    host, port = _host_and_port(authority)
    origin = Origin(scheme, _host(host), _port(port, scheme))
    _refuse_literal(origin.host, local=local)
    return origin


def _authority(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadAddress("the host cannot be read") from None
    if "@" in parts.netloc:
        raise BadAddress("must not hold a user name or password")
    if parts.path not in {"", "/"} or "?" in url or "#" in url:
        raise BadAddress("give only the address of the server, without a path such as /manager")
    return parts.netloc


def _host_and_port(authority: str) -> tuple[str, str | None]:
    if authority.startswith("["):
        host, bracket, rest = authority.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadAddress("the IPv6 address needs its closing bracket")
        return host + bracket, rest[1:] if rest else None
    host, colon, port = authority.partition(":")
    return host, port if colon else None


def _port(port: str | None, scheme: str) -> int:
    if port is None:
        return _PORTS[scheme]
    if not _PORT.fullmatch(port) or not 0 < int(port) <= 65535:  # noqa: PLR2004 - the highest port
        raise BadAddress("the port must be a number from 1 to 65535")
    return int(port)


def _host(host: str) -> str:
    if host.startswith("["):
        return _ipv6(host[1:-1])
    name = _ascii(host).lower()
    if not name or len(name) > 253 or name.endswith("."):  # noqa: PLR2004 - the limit of DNS
        raise BadAddress("the host name is empty, too long or ends with a dot")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(name)
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("the host name has characters that no host name has")
    return name


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    if any(dot in host for dot in "\u3002\uff0e\uff61"):
        raise BadAddress("write plain dots in the host name")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadAddress("the host name cannot be written in ASCII") from None


def _ipv4(name: str) -> str:
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        raise BadAddress("write an IPv4 address as four decimal numbers") from None


def _ipv6(text: str) -> str:
    try:
        found = ipaddress.IPv6Address(text)
    except ValueError:
        raise BadAddress("the IPv6 address cannot be read") from None
    if found.scope_id or found.ipv4_mapped:
        raise BadAddress("write an IPv4 address as four decimal numbers, an IPv6 address without a zone")
    return str(found)


def _refuse_literal(host: str, *, local: bool) -> None:
    literal = as_ip(host)
    refusal = address_refusal(literal, local=local) if literal else None
    if refusal or (not local and _is_localhost(host)):
        raise BadAddress(refusal or "is this machine itself")


def as_ip(host: str) -> Address | None:
    """The host as an address where it is one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def address_refusal(ip: Address, *, local: bool) -> str | None:
    """Why this address must not be dialled, or None. The local stage may dial loopback and private ones."""
    if ip.is_loopback:
        return None if local else "is this machine itself"
    if ip.is_multicast or any(ip in net for net in _NEVER if net.version == ip.version):
        return "is an address no server has"
    if ip.is_global:
        return None
    return None if local and not ip.is_reserved else "is a private address"


def public_url_warning(public_url: str, server_url: str) -> str | None:
    """Why a server cannot reach our public URL, as far as the two addresses tell: `loopback`, `private`, or None.

    A server on the same machine or network may reach it, so only a farther one is warned of.
    """
    order = ("loopback", "private", "public")
    ours, theirs = _reach(public_url), _reach(server_url)
    return ours if ours != "public" and order.index(theirs) > order.index(ours) else None


def _reach(url: str) -> str:
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    ip = as_ip(host)
    if _is_localhost(host) or (ip and (ip.is_loopback or ip.is_unspecified)):
        return "loopback"
    if ip:
        return "public" if ip.is_global else "private"
    return "private" if "." not in host or host.endswith(_INTERNAL_NAMES) else "public"


def _is_localhost(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")

"""Which URLs may be a channel: none on this machine, and none that would send through what may have failed."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from sambung.gateways.addresses import address_refusal, as_ip

_FORM: Final = re.compile(r"([a-z0-9][a-z0-9+.-]{0,30})://\S+", re.IGNORECASE)
# They show messages on this machine, where nobody looks.
_HERE: Final = frozenset({"blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"})
# They send over a gateway of the kind that Sambung watches.
_GATEWAYS: Final = frozenset({"evolution", "evolutions"})
# They name files or other configurations, not a channel.
_CONFIGURATIONS: Final = frozenset({"apprise", "apprises", "file", "config"})


def scheme_of(url: str) -> str:
    """What is shown of a URL; everything else of it may be secret."""
    found = _FORM.fullmatch(url)
    return found[1].lower() if found else ""


def refusal(url: str, *, servers: Collection[str], local: bool) -> str | None:
    """Why this must not be a channel, in English; None where it may. `servers`: the base URLs of all gateways.

    `local`: the laptop's stage, which alone may dial its own machine and network.
    """
    scheme = scheme_of(url)
    try:
        host = urlsplit(url).hostname
    except ValueError:
        scheme = ""
    if not scheme:
        return "write it as Apprise does, for example tgram://BOT_TOKEN/CHAT_ID"
    if scheme in _HERE | _CONFIGURATIONS:
        return f"{scheme}:// reaches nobody from a server"
    if scheme in _GATEWAYS or (host is not None and _is_gateway(host, _port(url), servers)):
        return "alerts must not go through a gateway that may be what has failed"
    address = as_ip(host or "")
    return None if address is None else address_refusal(address, local=local)


def _is_gateway(host: str, port: int | None, servers: Collection[str]) -> bool:
    """Whether it leads to the machine of a gateway; on loopback all share one address, so ports tell them apart."""
    for one in map(urlsplit, servers):
        address = as_ip(one.hostname or "")
        on_loopback = one.hostname == "localhost" or (address is not None and address.is_loopback)
        if one.hostname == host and (not on_loopback or one.port == port):
            return True
    return False


def _port(url: str) -> int | None:
    """Of many kinds of channels what stands there is no port, but part of a token."""
    try:
        return urlsplit(url).port
    except ValueError:
        return None

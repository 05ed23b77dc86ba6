"""Sends messages with Apprise in a process of its own: it can be killed at its deadline, has none of our secrets in its
environment, and its sockets go only where ours may.

Reads one JSON list of letters from standard input and writes one JSON object for each, as soon as it ended.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from sambung.gateways.addresses import address_refusal, as_ip

_HTTP_STATUS: Final = re.compile(r"\berror=(\d{3})\b")
_DIALS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTS: Final = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"})


@dataclass
class _Seen:
    """What was seen of one letter's way; Apprise hands the context on to the threads it sends with."""

    refused: bool = False
    http: str | None = None


_seen: ContextVar[_Seen] = ContextVar("seen")


class _StatusReader(logging.Handler):
    """Apprise tells why a channel refused only in its log; of that nothing but the status is taken."""

    def emit(self, record: logging.LogRecord) -> None:
        found = _HTTP_STATUS.search(record.getMessage())
        if found:
            _seen.get().http = found[1]


def _guard(*, local: bool) -> None:
    """Let nothing in this process start another, or dial an address that is not for us; names are resolved before."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _DIALS and not _may_dial(arguments[1], local=local):
            _seen.get().refused = True
            raise PermissionError("this address is not for us to dial")
        if event in _STARTS:
            raise PermissionError("a channel starts no process")

    sys.addaudithook(watch)


def _may_dial(address: object, *, local: bool) -> bool:
    host = as_ip(str(address[0])) if isinstance(address, tuple) and address else None
    return host is not None and address_refusal(host, local=local) is None


def _send(letter: Mapping[str, Any]) -> str | None:
    """Why it was not sent, in a word; None where it was, or where it was only to be read."""
    import apprise

    seen = _Seen()
    _seen.set(seen)
    courier = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Sambung", async_mode=False))
    if not courier.add(letter["url"]):
        return "url"
    if letter["only_read"]:
        return None
    sent = courier.notify(
        body=letter["body"], title=letter["title"], notify_type=letter["grade"], body_format=apprise.NotifyFormat.TEXT
    )
    if sent:
        return None
    return "refused" if seen.refused else f"http_{seen.http}" if seen.http else "rejected"


def main() -> None:
    """Send all letters at once, each in its thread."""
    asked = json.load(sys.stdin)
    import apprise

    # Its plugins are found once; what that needs is older than the guard.
    apprise.Apprise().add("json://localhost")
    logging.getLogger("apprise").addHandler(_StatusReader())
    logging.getLogger("apprise").setLevel(logging.WARNING)
    logging.getLogger("apprise").propagate = False
    _guard(local=asked["local"])
    letters = asked["letters"]
    with ThreadPoolExecutor(max_workers=max(len(letters), 1)) as threads:
        running = {threads.submit(_send, letter): at for at, letter in enumerate(letters)}
        for ended in as_completed(running):
            failure = "rejected" if ended.exception() else ended.result()
            print(json.dumps({"at": running[ended], "failure": failure}), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()

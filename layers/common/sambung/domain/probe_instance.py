"""Names of probe instances: made on a server for seconds, to prove that its webhooks arrive; never anybody's number."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

PROBED_WITHIN = timedelta(seconds=60)
"""An action is long over by then: what is still there was left behind by one that died."""

_BEGINS = "sambung-probe-"
_NAME = re.compile(_BEGINS + r"([0-9a-f]{32})-([0-9a-f]{8})[0-9a-f]{8}", re.ASCII)


def probe_name(server_id: UUID, now: datetime, salt: bytes) -> str:
    """A new probe's name: whose it is, since when, and four bytes of chance. As long as a name may be."""
    return f"sambung-probe-{server_id.hex}-{int(now.timestamp()):08x}{salt[:4].hex()}"


def is_probe(name: str) -> bool:
    """Whether it is a probe's, ours or that of another Sambung: nothing that anybody manages."""
    return name.startswith(_BEGINS) and _NAME.fullmatch(name) is not None


def is_left_behind(name: str, server_id: UUID, now: datetime) -> bool:
    """Whether it names a probe of ours on this server that nobody waits for any more."""
    found = _NAME.fullmatch(name) if name.startswith(_BEGINS) else None
    if found is None or UUID(found[1]) != server_id:
        return False
    return now - datetime.fromtimestamp(int(found[2], 16), UTC) > PROBED_WITHIN

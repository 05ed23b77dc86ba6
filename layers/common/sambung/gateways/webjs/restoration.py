"""What a node is answered at its start: the sessions it shall hold, as it was recorded to read them."""

from collections.abc import Mapping, Sequence
from typing import Final

from sambung.domain.instance import Restorable, Status
from sambung.gateways.webjs.names import is_addressable, workspace_of

# Nodes are JavaScript: its numbers are exact up to here.
_EXACT: Final = (1 << 53) - 1
_WORDS: Final = {Status.CONNECTED: "connected", Status.CONNECTING: "authenticated"}


def answer(found: Sequence[Restorable]) -> Mapping[str, object]:
    """The whole answer; a session whose name no node can hold is left out, since restoring it could only fail."""
    rows = [_row(one) for one in found if is_addressable(one.name)]
    return {"success": True, "sessions": rows, "count": len(rows)}


def _row(one: Restorable) -> Mapping[str, object]:
    """A node keeps `id` as the account's and makes nothing of it, but it is a number."""
    return {
        "id": one.id.int & _EXACT,
        "session_id": one.name,
        "workspace_id": workspace_of(one.name),
        "phone_number": one.phone_number,
        "status": _WORDS.get(one.status, "disconnected"),
        "provider_type": "webjs",
    }

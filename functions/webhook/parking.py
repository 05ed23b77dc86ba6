"""How a delivery waits in the overflow queue: sealed, for its body may hold codes, numbers and keys."""

import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sambung.edge.keyring import Keyring, SecretUnreadable
from sambung.gateways.quirks import EVOLUTION
from webhook.delivery import Delivery, Sender, Signed

# Sealing adds a third: with the rest of the message this stays below the 256 KiB of SQS.
LIMIT_BYTES: Final = 190 * 1024


class Poisoned(ValueError):
    """A message that no try will ever make readable; the message holds nothing of it."""


def packed(delivery: Delivery | Signed, keyring: Keyring) -> str:
    """The message's body. The delivery's is text in strict UTF-8, which `is_text` tells before."""
    # Whoever sends chooses it: a password may be part of it.
    said = delivery.sender.instance_url if isinstance(delivery, Delivery) else delivery.instance_url
    return json.dumps(
        {
            **(_proven(delivery.sender) if isinstance(delivery, Delivery) else _unproven(delivery)),
            "said": keyring.seal(said) if said else "",
            "mark": delivery.mark,
            "received_at": delivery.received_at.isoformat(),
            "sealed": keyring.seal(delivery.body.decode()),
        }
    )


def unpacked(message: str, keyring: Keyring) -> Delivery | Signed:
    """The delivery in a message's body; raises Poisoned."""
    try:
        found = json.loads(message)
        mark, received_at = str(found["mark"]), datetime.fromisoformat(found["received_at"])
        body = keyring.unseal(found["sealed"]).encode()
        said = keyring.unseal(found["said"]) if found.get("said") else ""
        if "signature" in found:
            return _signed(found, said, mark, received_at, body)
        return Delivery(_sender(found, said), mark, received_at, body)
    except (ValueError, KeyError, TypeError, AttributeError, SecretUnreadable) as error:
        raise Poisoned(type(error).__name__) from None


def is_text(body: bytes) -> bool:
    """Whether it can be packed at all."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _proven(sender: Sender) -> dict[str, object]:
    return {
        "server_id": str(sender.server_id),
        "by_path": sender.by_path,
        "kind": sender.kind,
        "or_else": [str(one) for one in sender.or_else],
    }


def _sender(found: dict[str, Any], said: str) -> Sender:
    """What waits since before there were other kinds names none."""
    return Sender(
        UUID(found["server_id"]),
        bool(found["by_path"]),
        str(found.get("kind", EVOLUTION)),
        tuple(UUID(one) for one in found.get("or_else", ())),
        said,
    )


def _unproven(signed: Signed) -> dict[str, object]:
    return {
        "named": signed.server_id and str(signed.server_id),
        "timestamp": signed.timestamp,
        "signature": signed.signature,
    }


def _signed(found: dict[str, Any], said: str, mark: str, received_at: datetime, body: bytes) -> Signed:
    named = found["named"]
    return Signed(
        None if named is None else UUID(named),
        said,
        str(found["timestamp"]),
        str(found["signature"]),
        mark,
        received_at,
        body,
    )

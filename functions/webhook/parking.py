"""How a delivery waits in the overflow queue: sealed, for its body may hold codes, numbers and keys."""

import json
from datetime import datetime
from typing import Final
from uuid import UUID

from sambung.edge.keyring import Keyring, SecretUnreadable
from webhook.delivery import Delivery, Sender

# Sealing adds a third: with the rest of the message this stays below the 256 KiB of SQS.
LIMIT_BYTES: Final = 190 * 1024


class Poisoned(ValueError):
    """A message that no try will ever make readable; the message holds nothing of it."""


def packed(delivery: Delivery, keyring: Keyring) -> str:
    """The message's body. The delivery's is text in strict UTF-8: only what was parsed is parked."""
    return json.dumps(
        {
            "server_id": str(delivery.sender.server_id),
            "by_path": delivery.sender.by_path,
            "mark": delivery.mark,
            "received_at": delivery.received_at.isoformat(),
            "sealed": keyring.seal(delivery.body.decode()),
        }
    )


def unpacked(message: str, keyring: Keyring) -> Delivery:
    """The delivery in a message's body; raises Poisoned."""
    try:
        found = json.loads(message)
        return Delivery(
            Sender(UUID(found["server_id"]), bool(found["by_path"])),
            str(found["mark"]),
            datetime.fromisoformat(found["received_at"]),
            keyring.unseal(found["sealed"]).encode(),
        )
    except (ValueError, KeyError, TypeError, AttributeError, SecretUnreadable) as error:
        raise Poisoned(type(error).__name__) from None

"""One delivery of a gateway: the same whether it came over HTTP or out of the overflow queue."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sambung.gateways.quirks import EVOLUTION


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a request says it is from, proven. `by_path`: its secret is in the path, where others may have seen it.

    `or_else`: other servers with the same secret, any of which may be the sender as well. `instance_url`: what it calls
    itself, which nothing proves.
    """

    server_id: UUID
    by_path: bool
    kind: str = EVOLUTION
    or_else: tuple[UUID, ...] = ()
    instance_url: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An authenticated one. `mark` is the `i` of our own address, `received_at` when it reached API Gateway first."""

    sender: Sender
    mark: str
    received_at: datetime
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """One whose signature could be true, and is still to be verified against `received_at`.

    `server_id`: the server in the path; without it the sender is a webjs node that only `instance_url` may tell.
    """

    server_id: UUID | None
    instance_url: str
    timestamp: str
    signature: str
    mark: str
    received_at: datetime
    body: bytes = field(repr=False)

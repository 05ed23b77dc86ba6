"""One authenticated delivery of a gateway: the same whether it came over HTTP or out of the overflow queue."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a request says it is from, proven. `by_path`: its secret is in the path, where others may have seen it."""

    server_id: UUID
    by_path: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """`mark` is the `i` of our own address, `received_at` when it reached API Gateway first."""

    sender: Sender
    mark: str
    received_at: datetime
    body: bytes = field(repr=False)

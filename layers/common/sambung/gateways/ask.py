"""One request to a gateway as data, so that what is asked can be tested without asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

REPLY_LIMIT: Final = 512 * 1024
LIST_LIMIT: Final = 8 * 1024 * 1024


class Effect(StrEnum):
    """Whether a call only looks, so that it may be repeated, or does something."""

    READ = "read"
    ACTION = "action"


READ: Final = Effect.READ
ACTION: Final = Effect.ACTION


@dataclass(frozen=True, slots=True)
class Ask:
    """`path` starts with `/`, its segments are encoded. `name` is the call's word in logs. `key` replaces the server's
    key for this call. `secrets` are values that must not come back in an evidence. `limit` is in bytes of answer."""

    method: str
    path: str = field(repr=False)
    name: str
    effect: Effect
    body: Mapping[str, object] | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    limit: int = REPLY_LIMIT

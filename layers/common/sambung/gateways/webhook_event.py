"""What a gateway's webhook says, in our words: the same for every kind of gateway, without secrets and messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sambung.domain.instance import Qr, Seen

Fact = str | int | bool


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event. `date_time` is what the gateway's clock claims: local time of an unknown zone, never compared with
    ours. `facts` are the few values that may be stored. `known` is False for an event or state nobody told us of,
    which is kept and counts as activity. `dedupe_key` is the same for every delivery of the event. `findable` is False
    for one of a session that no call of ours could name.
    """

    event: str
    instance_name: str
    seen: Seen
    dedupe_key: str
    date_time: datetime | None = None
    known: bool = True
    qr: Qr | None = field(default=None, repr=False)
    reason: int | str | None = None
    reconnects: bool = False
    phone_number: str | None = field(default=None, repr=False)
    profile_name: str | None = field(default=None, repr=False)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    findable: bool = True

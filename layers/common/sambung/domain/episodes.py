"""How an alert lives: opened once, told once, resolved once after some calm; what comes and goes is told seldom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sambung.domain.alerts import Condition, Judged, Key

# What ends and begins again within this is one episode.
CALM: Final = timedelta(minutes=3)
# How long after it was told the same is not told again as a new one.
COOLDOWN: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert that is not resolved. `clear_since`: when it was first seen over; `told_at`: when channels were told."""

    id: UUID
    key: Key
    params: Mapping[str, str]
    told_at: datetime | None
    clear_since: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write, and whom to tell of. `tell_begun` are keys of `begin`, `tell` and `tell_ended` ids."""

    begin: Sequence[Condition]
    change: Mapping[UUID, Condition]
    clear: Sequence[UUID]
    end: Sequence[UUID]
    tell_begun: frozenset[Key]
    tell: Sequence[UUID]
    tell_ended: Sequence[UUID]


def plan(episodes: Sequence[Episode], judged: Judged, *, told: Mapping[Key, datetime], now: datetime) -> Plan:
    """What `judged` makes of the open episodes. `told`: when the last episode of each key was told."""
    firing = {one.key: one for one in judged.firing}
    known = {one.key for one in episodes}
    begin = [one for key, one in firing.items() if key not in known]
    going_on = [one for one in episodes if one.key in firing]
    gone = [one for one in episodes if one.key not in firing and not judged.cannot_tell(one.key)]
    end = [one for one in gone if one.clear_since is not None and now - one.clear_since >= CALM]

    def may_tell(key: Key) -> bool:
        return key not in told or now - told[key] >= COOLDOWN

    return Plan(
        begin=begin,
        change={one.id: firing[one.key] for one in going_on if one.clear_since or one.params != firing[one.key].params},
        clear=[one.id for one in gone if one.clear_since is None],
        end=[one.id for one in end],
        tell_begun=frozenset(one.key for one in begin if may_tell(one.key)),
        tell=[one.id for one in going_on if one.told_at is None and may_tell(one.key)],
        tell_ended=[one.id for one in end if one.told_at is not None],
    )

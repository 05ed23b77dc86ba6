"""Made-up lives of numbers: what really happened, what a gateway says of it and how the network delivers that."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sambung.domain.instance import Observation, Seen, Source
from sambung.edge.keyring import Keyring

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# The fastest delivery there is; a first event that fast tells the gateway's clock exactly.
FASTEST_S, TIMELY_S, LATEST_S = 0.02, 4.9, 1200.0
FINAL_REASONS = (401, 402, 403, 406)
POLLED_EVERY_S = 15.0


@dataclass(frozen=True)
class Happening:
    """Something that happened `at` seconds after START and that the gateway reports as `event` with `data`."""

    at: float
    event: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Truth:
    """How a number is from `at` on, as a read in the gateway's memory tells; `reason` as its list does."""

    at: float
    seen: Seen
    reason: int | None = None


@dataclass(frozen=True)
class Life:
    """One number's life."""

    name: str
    number: str
    happenings: Sequence[Happening]
    truths: Sequence[Truth]

    def truth(self, at: float) -> Truth:
        """How it really was."""
        return [one for one in self.truths if one.at <= at][-1]

    @property
    def end(self) -> float:
        """When nothing happens any more, nor arrives."""
        return self.happenings[-1].at + LATEST_S + 60

    def read(self, at: float, server_id: UUID) -> Observation:
        """What a read at that moment sees."""
        truth, moment = self.truth(at), START + timedelta(seconds=at)
        number = self.number if truth.seen is Seen.OPEN else None
        return Observation(
            truth.seen, Source.READ, server_id, moment, at=moment, reason=truth.reason, phone_number=number
        )


def life(name: str, chance: random.Random) -> Life:
    """Some pairings, each with codes, and most with what follows being connected."""
    happenings: list[Happening] = []
    truths = [Truth(0.0, Seen.CLOSE)]
    number, at = f"62811{chance.randrange(10**8):08}", chance.uniform(5, 60)

    def state(word: str, seen: Seen, reason: int = 200, *, final: int | None = None, **more: object) -> None:
        happenings.append(Happening(at, "connection.update", {"state": word, "statusReason": reason, **more}))
        truths.append(Truth(at, seen, final))

    for _ in range(chance.randint(1, 3)):
        state("connecting", Seen.CONNECTING)
        for count in range(chance.randint(1, 4)):
            at += chance.uniform(0.05, 20)
            codes = {"qrcode": {"code": f"2@{name} {at} {count}", "base64": "data:image/png;base64,AA=="}}
            happenings.append(Happening(at, "qrcode.updated", codes))
        at += chance.uniform(20, 60)
        if chance.random() < 0.1:
            # Still waiting for somebody to scan it.
            break
        state("open", Seen.OPEN, wuid=f"{number}@s.whatsapp.net", profileName=name)
        for _ in range(chance.randint(0, 3)):
            at += chance.uniform(20, 60)
            state("connecting", Seen.CONNECTING)
            at += chance.choice([0.06, 0.5, 25.0])
            state("open", Seen.OPEN, wuid=f"{number}@s.whatsapp.net", profileName=name)
        at += chance.uniform(20, 60)
        if chance.random() < 0.5:
            break
        reason = chance.choice(FINAL_REASONS)
        state("close", Seen.CLOSE, reason, final=reason)
        at += chance.uniform(61, 120)
    return Life(name, number, happenings, truths)


@dataclass(frozen=True)
class Arrival:
    """A delivery: what arrives, when, and whether it took so long that it must be a repetition."""

    at: float
    life: Life
    happening: Happening

    @property
    def late(self) -> bool:
        """Five seconds are the limit."""
        return self.at - self.happening.at > 5

    def request(self, server_id: UUID, keyring: Keyring, clock_off: timedelta) -> dict[str, Any]:
        """As it comes to the function, from a gateway whose clock is off."""
        stamp = START + timedelta(seconds=self.happening.at) + clock_off
        body = {
            "event": self.happening.event,
            "instance": self.life.name,
            "data": {"instance": self.life.name, **self.happening.data},
            "date_time": stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        received = START + timedelta(seconds=self.at)
        return {
            "rawPath": f"/webhooks/{server_id}",
            "headers": {"authorization": f"Bearer {keyring.bearer(server_id)}"},
            "requestContext": {
                "http": {"method": "POST"},
                "requestId": "r",
                "timeEpoch": round(received.timestamp() * 1000),
            },
            "body": json.dumps(body),
            "isBase64Encoded": False,
        }


def arrivals(lives: Sequence[Life], chance: random.Random, *, late: float) -> list[Arrival]:
    """Every event of these lives, three of ten twice, in the order of arrival. The share `late` takes minutes."""
    return sorted(_delivered(lives, chance, late), key=lambda one: one.at)


def _delivered(lives: Sequence[Life], chance: random.Random, late: float) -> Iterator[Arrival]:
    for one in lives:
        troubled = chance.random() < 0.5
        for happening in one.happenings:
            for _ in range(1 + (chance.random() < 0.3)):
                slow = troubled and chance.random() < late
                delay = chance.uniform(6, LATEST_S) if slow else chance.uniform(FASTEST_S, TIMELY_S)
                yield Arrival(happening.at + delay, one, happening)

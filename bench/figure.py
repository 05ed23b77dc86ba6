"""One figure: what was measured, beside what it is measured against, both in turns so that a busy machine hits both."""

import json
import operator
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal, TypeAlias

Relation: TypeAlias = Literal["<=", ">="]
# A busy machine gets fewer rounds, not a longer run.
LONGEST_S: Final = 5.0
_HOLDS: Final = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Aim:
    """What the ratio shall be."""

    relation: Relation
    limit: float

    def __str__(self) -> str:
        return f"{self.relation} {self.limit}"

    def met_by(self, ratio: float) -> bool:
        return bool(_HOLDS[self.relation](round(ratio, 3), self.limit))


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the report. `reference` is the same quantity of what it is held `against`; `ratio` is the median of the
    rounds' ratios, `spread` the least and the greatest of them. `more`: what explains the figure."""

    name: str
    value: float
    unit: str
    reference: float
    against: str
    ratio: float
    spread: tuple[float, float]
    rounds: int
    aim: Aim | None = None
    more: Mapping[str, object] = field(default_factory=dict)

    def line(self) -> str:
        """As one JSON object."""
        return json.dumps(
            {
                "name": self.name,
                "value": _short(self.value),
                "unit": self.unit,
                "reference": _short(self.reference),
                "ratio": _short(self.ratio),
                "aim": self.aim and str(self.aim),
                "met": self.aim and self.aim.met_by(self.ratio),
                "against": self.against,
                "spread": [_short(end) for end in self.spread],
                "rounds": self.rounds,
                **self.more,
            }
        )


def compare(
    name: str,
    unit: str,
    *,
    measured: Callable[[], float],
    reference: Callable[[], float],
    against: str,
    rounds: int,
    aim: Aim | None = None,
    more: Mapping[str, object] | None = None,
) -> Figure:
    """Take both in turns, each first as often as second; each returns its quantity in `unit`."""
    taken: list[tuple[float, float]] = []
    enough = time.monotonic() + LONGEST_S
    for turn in range(rounds):
        if taken and time.monotonic() > enough:
            break
        if turn % 2:
            second = reference()
            taken.append((measured(), second))
        else:
            taken.append((measured(), reference()))
    return of_pairs(name, unit, taken, against=against, aim=aim, more=more)


def of_pairs(
    name: str,
    unit: str,
    pairs: list[tuple[float, float]],
    *,
    against: str,
    aim: Aim | None = None,
    more: Mapping[str, object] | None = None,
) -> Figure:
    """The figure of (measured, reference) pairs, each pair taken at about the same time."""
    ratios = [value / base for value, base in pairs]
    return Figure(
        name=name,
        value=median(value for value, _ in pairs),
        unit=unit,
        reference=median(base for _, base in pairs),
        against=against,
        ratio=median(ratios),
        spread=(min(ratios), max(ratios)),
        rounds=len(pairs),
        aim=aim,
        more=more or {},
    )


def _short(number: float) -> float:
    """Four digits tell all there is to tell."""
    return float(f"{number:.4g}")

"""Whether ten times the instances cost at most ten times as much, of gateways that answer at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Final

from bench.farm import farm
from bench.figure import Aim, Figure, compare
from bench.observations import Writes
from bench.scale import Scale
from bench.stage import Stage, server_with
from bench.sweeps import Sweeps

AIM: Final = Aim("<=", 1.0)
SERVERS: Final = 10


def figures(stage: Stage, scale: Scale) -> Iterator[Figure]:
    """Each step of a sweep of lists, and of writing what reads saw."""
    with ExitStack() as farms:
        sweeps = [_sweep(stage, count, farms) for count in scale.growth]
        yield from _steps("growth_of_a_sweep", scale, sweeps)
    with stage.connect() as connection:
        writes = [partial(Writes(stage, count, known=False).applied, connection) for count in scale.growth]
        yield from _steps("growth_of_observations", scale, writes)


def _steps(name: str, scale: Scale, timed: Sequence[Callable[[], float]]) -> Iterator[Figure]:
    for (small, less), (large, more) in pairwise(zip(scale.growth, timed, strict=True)):
        yield compare(
            f"{name}_{large}",
            "s",
            measured=more,
            reference=partial(_grown, less, large / small),
            against=f"as much for each instance as with {small}",
            rounds=scale.sweep_rounds,
            aim=AIM,
            more={"instances": large},
        )


def _grown(seconds: Callable[[], float], times: float) -> float:
    return seconds() * times


def _sweep(stage: Stage, instances: int, farms: ExitStack) -> Callable[[], float]:
    servers = min(SERVERS, instances)
    wanted = [server_with(number, instances // servers) for number in range(servers)]
    sweeps = Sweeps(stage, farms.enter_context(farm(wanted, 0)))

    def once() -> float:
        sweeps.know()
        return sweeps.after(timedelta(0))

    once()  # the first one opens what the others find open
    return once

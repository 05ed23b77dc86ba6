"""How much is measured: enough for steady figures in a few minutes, or so little that a test can afford it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """`latency_s`: how long a gateway of the farm takes for any answer. `read_each`: instances of a server where all of
    them are read, which costs a request for each. `growth`: numbers of instances. `answer_s`: how long the slowest
    healthy node takes; `give_up_s`: when a scan gives a node up; `sweep_s`: for how long a sweep waits at most."""

    rounds: int
    events: int
    event_instances: int
    import_rounds: int
    servers: int
    instances_each: int
    read_each: int
    latency_s: float
    sweep_rounds: int
    growth: tuple[int, ...]
    observations: int
    send_rounds: int
    answer_s: float
    give_up_s: float
    sweep_s: float


FULL: Final = Scale(
    rounds=9,
    events=150,
    event_instances=50,
    import_rounds=6,
    servers=50,
    instances_each=200,
    read_each=20,
    latency_s=0.1,
    sweep_rounds=5,
    growth=(100, 1_000, 10_000),
    observations=10_000,
    send_rounds=2,
    answer_s=0.8,
    give_up_s=3.0,
    sweep_s=8.0,
)
TINY: Final = Scale(
    rounds=1,
    events=6,
    event_instances=2,
    import_rounds=1,
    servers=2,
    instances_each=3,
    read_each=2,
    latency_s=0.01,
    sweep_rounds=1,
    growth=(2, 4),
    observations=20,
    send_rounds=1,
    answer_s=0.02,
    give_up_s=0.2,
    sweep_s=4.0,
)

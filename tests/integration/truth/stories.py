"""Tells stories of a fleet to an end that the registry must know."""

import os

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.truth.machine import Fleet
from tests.integration.truth.world import World

EXAMPLES = int(os.environ.get("SAMBUNG_TRUTH_EXAMPLES", "0"))
STEPS = int(os.environ.get("SAMBUNG_TRUTH_STEPS", "0"))
# Takes minutes: for whoever looks into a failure.
LOOKING_FOR_THE_SHORTEST = os.environ.get("SAMBUNG_TRUTH_SHRINK") == "1"


def tell(database_url: str, seed: int, *, examples: int, steps: int) -> None:
    """So many stories of so many steps at most; SAMBUNG_TRUTH_EXAMPLES and SAMBUNG_TRUTH_STEPS overrule."""
    phases = [Phase.generate, Phase.shrink] if LOOKING_FOR_THE_SHORTEST else [Phase.generate]
    chosen = settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=STEPS or steps,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    with World(database_url) as world:
        machine = hypothesis.seed(seed)(type("Fleet", (Fleet,), {"world": world}))
        run_state_machine_as_test(machine, settings=chosen)

"""P4: whatever happens, two sweeps after the last fault the registry says what is."""

import os
import random

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.truth.machine import Fleet
from tests.integration.truth.world import World

EXAMPLES = int(os.environ.get("SAMBUNG_TRUTH_EXAMPLES", "6"))
STEPS = int(os.environ.get("SAMBUNG_TRUTH_STEPS", "14"))
LOOKING_FOR_THE_SHORTEST = os.environ.get("SAMBUNG_TRUTH_SHRINK") == "1"


@pytest.mark.timeout(120 + EXAMPLES * 30)
def test_two_sweeps_after_the_last_fault_the_registry_says_what_is(database_url: str) -> None:
    tell_the_truth(database_url, examples=EXAMPLES, steps=STEPS)


def tell_the_truth(database_url: str, *, examples: int, steps: int) -> None:
    """So many stories; SAMBUNG_TRUTH_SEED repeats a run."""
    seed = int(os.environ.get("SAMBUNG_TRUTH_SEED") or random.getrandbits(32))
    # Shown when it fails.
    print(f"SAMBUNG_TRUTH_SEED={seed} SAMBUNG_TRUTH_EXAMPLES={examples} SAMBUNG_TRUTH_STEPS={steps}")  # noqa: T201
    phases = [Phase.generate, Phase.shrink] if LOOKING_FOR_THE_SHORTEST else [Phase.generate]
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    with World(database_url) as world:
        machine = hypothesis.seed(seed)(type("Fleet", (Fleet,), {"world": world}))
        run_state_machine_as_test(machine, settings=chosen)

"""A seed for each promise, printed: a run that failed can be repeated with SAMBUNG_TEST_SEED."""

import os
import random

import pytest


@pytest.fixture
def seed() -> int:
    """This run's seed."""
    chosen = int(os.environ.get("SAMBUNG_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"SAMBUNG_TEST_SEED={chosen}")  # noqa: T201  shown where the test fails
    return chosen

"""P4 at length: many more stories, and longer ones."""

import os

import pytest

from tests.integration.truth.test_truth import tell_the_truth

EXAMPLES = int(os.environ.get("SAMBUNG_TRUTH_EXAMPLES", "300"))
STEPS = int(os.environ.get("SAMBUNG_TRUTH_STEPS", "40"))


@pytest.mark.timeout(600 + EXAMPLES * 30)
def test_the_registry_says_what_is_after_many_long_stories(database_url: str) -> None:
    tell_the_truth(database_url, examples=EXAMPLES, steps=STEPS)

"""P4: whatever happens, two sweeps after the last fault the registry says what is."""

import pytest

from tests.integration.promises.conftest import seed
from tests.integration.truth.stories import EXAMPLES, tell

__all__ = ["seed"]


@pytest.mark.timeout(180 + EXAMPLES * 30)
def test_two_sweeps_after_the_last_fault_the_registry_says_what_is(database_url: str, seed: int) -> None:
    tell(database_url, seed, examples=6, steps=14)

"""P4 at length: many more stories, and longer ones."""

import pytest

from tests.integration.truth.stories import EXAMPLES, tell


# In tens of thousands of broken-off calls the HTTP client left one socket to the garbage collector: told, not failed.
@pytest.mark.filterwarnings("default::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(600 + max(EXAMPLES, 200) * 30)
def test_two_sweeps_after_the_last_fault_the_registry_says_what_is(database_url: str, seed: int) -> None:
    tell(database_url, seed, examples=200, steps=40)

"""P2 and P3 with 10,000 deliveries each."""

import pytest

from tests.integration.promises.order import any_order_ends_like_polls, the_older_never_wins

DELIVERIES = 10_000


@pytest.mark.timeout(900)
def test_duplicates_and_any_order_end_in_the_state_of_polls_alone(database_url: str, seed: int) -> None:
    any_order_ends_like_polls(database_url, seed, deliveries=DELIVERIES)


@pytest.mark.timeout(900)
def test_an_older_observation_never_overwrites_a_newer_one(database_url: str, seed: int) -> None:
    the_older_never_wins(database_url, seed, deliveries=DELIVERIES)

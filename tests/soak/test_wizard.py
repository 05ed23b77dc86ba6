"""The wizard over many more failures than every run tries: at least 99 of 100 end as they may."""

import pytest

from tests.functional.reconnect.conftest import gateways, world
from tests.functional.reconnect.wizard import World, tell

__all__ = ["gateways", "world"]
STORIES = 200


@pytest.mark.timeout(1800)
def test_at_least_99_of_100_end_with_a_qr_a_connection_or_the_right_reason(world: World, seed: int) -> None:
    wrong = tell(world, seed, STORIES)
    assert len(wrong) <= STORIES // 100, wrong

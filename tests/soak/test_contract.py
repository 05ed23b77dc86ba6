"""P11: every route with a hundred requests each."""

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.integration.promises import contract_fuzz
from tests.integration.promises.contract_fuzz import OPERATIONS, House

EXAMPLES = 100


@pytest.fixture(scope="module")
def house(cluster: postgres.Cluster) -> Iterator[House]:
    """All routes."""
    with contract_fuzz.house(cluster) as built:
        yield built


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_makes_a_function_fail(label: str, house: House, seed: int) -> None:
    contract_fuzz.holds(house, label, seed=seed, examples=EXAMPLES)

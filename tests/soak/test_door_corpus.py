"""P11 with 100,000 requests."""

import pytest

from tests.integration.promises.door_corpus import thrown


@pytest.mark.timeout(1800)
def test_no_request_makes_the_webhook_door_fail(database_url: str, seed: int) -> None:
    print(dict(thrown(database_url, seed, 100_000)))  # noqa: T201

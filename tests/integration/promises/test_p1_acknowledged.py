"""P1: an acknowledged webhook is never lost, whatever happens to the database. `make soak` runs it at full length."""

import asyncio
from pathlib import Path

from tests.integration.promises.outages import Outage, under_fire

EVENTS, SECONDS = 300, 10.0
OUTAGES = (Outage("stop", 1.0, 1.5), Outage("kill", 4.0, 1.5), Outage("freeze", 7.5, 2.0))


def test_no_acknowledged_event_is_lost_while_the_database_is_stopped_killed_and_frozen(
    tmp_path: Path, seed: int
) -> None:
    told = asyncio.run(under_fire(tmp_path, events=EVENTS, seconds=SECONDS, outages=OUTAGES, seed=seed, visibility_s=3))
    print(dict(told.answers), "slowest", round(told.slowest_s, 2), "s")  # noqa: T201  shown where the test fails
    assert told.lost == set()
    assert told.acknowledged == set(range(EVENTS))
    # It was put to the test, and all of it came home.
    assert told.answers[202] > 20
    assert set(told.answers) <= {200, 202, 429}
    assert sorted(told.in_database) == list(range(EVENTS))
    assert max(told.in_database.values()) == 1

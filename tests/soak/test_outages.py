"""P1 at full length: 10,000 events over outages of 5 s, 60 s and 15 min, with the waits that template.yaml names."""

import asyncio
from pathlib import Path

import pytest

from tests.integration.promises.outages import Outage, under_fire

EVENTS = 10_000
CALM_S = 30.0
LENGTHS_S = (5.0, 60.0, 900.0)


@pytest.mark.timeout(4000)
@pytest.mark.parametrize("kind", ["stop", "kill", "freeze"])
def test_no_acknowledged_event_is_lost_in_outages_of_5_s_60_s_and_15_min(kind: str, tmp_path: Path, seed: int) -> None:
    outages, at = [], CALM_S
    for length in LENGTHS_S:
        outages.append(Outage(kind, at, length))
        at += length + CALM_S
    told = asyncio.run(under_fire(tmp_path, events=EVENTS, seconds=at, outages=outages, seed=seed))
    print(dict(told.answers), "slowest", round(told.slowest_s, 2), "s", "dead", told.dead)  # noqa: T201
    assert told.lost == set()
    assert told.acknowledged == set(range(EVENTS))
    assert max(told.in_database.values()) == 1

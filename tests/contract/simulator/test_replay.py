"""Every recorded exchange of a kind the clients send gets the recorded status and shape from the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract import recordings
from tests.contract.simulator import exclusions, scenarios
from tests.contract.simulator.replay import ends_in, mismatches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.simulator.replay import Replayed
    from tests.contract.simulator.scenarios import Group

recordings.require()


def _rows() -> Iterator[tuple[Group, str, int, recordings.Row]]:
    for group in scenarios.GROUPS:
        for file in group.files:
            for index, row in enumerate(recordings.load(group.folder, file)):
                yield group, file, index, row


def _exchanges() -> Iterator[object]:
    for group, file, index, row in _rows():
        exchange = recordings.as_exchange(file, row)
        if exchange is not None and exclusions.reason(exchange) is None:
            yield pytest.param(group.name, index, exchange, id=f"{exchange.id}[{index}]")


def _polls() -> Iterator[object]:
    for group, file, index, row in _rows():
        polled = ends_in(row)
        if polled is not None:
            yield pytest.param(group.name, file, index, polled[1], id=f"{file}:{row['name']}[{index}]")


@pytest.mark.parametrize(("group", "index", "exchange"), list(_exchanges()))
def test_a_recorded_call_gets_the_recorded_answer(
    replayed: dict[str, Replayed], group: str, index: int, exchange: recordings.Exchange
) -> None:
    played = replayed[group].answers[exchange.file, index]

    assert list(mismatches(exchange, played)) == []


@pytest.mark.parametrize(("group", "file", "index", "state"), list(_polls()))
def test_an_instance_comes_to_the_state_it_came_to(
    replayed: dict[str, Replayed], group: str, file: str, index: int, state: str | None
) -> None:
    assert replayed[group].states[file, index] == state


def test_every_scenario_file_is_replayed_or_excluded() -> None:
    replayed_files = {(group.folder, file) for group in scenarios.GROUPS for file in group.files}
    recorded = {
        (folder, file) for folder in ("evolution-1.8.2", "evolution-2.3.6") for file in recordings.files(folder)
    }

    assert {(folder, file) for folder, file in recorded - replayed_files if file not in exclusions.FILES} == set()

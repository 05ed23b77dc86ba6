"""A probe's name says whose it is and since when, and is nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sambung.domain.probe_instance import PROBED_WITHIN, is_left_behind, is_probe, probe_name

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SERVER, OTHER = UUID(int=7), UUID(int=8)
NAME = probe_name(SERVER, NOW, b"\x00\x01\x02\x03")


def test_it_is_as_long_as_a_name_may_be() -> None:
    assert len(NAME) == 63
    assert is_probe(NAME)


@pytest.mark.parametrize("name", ["toko", "sambung-probe-1", NAME + "0", " " + NAME, NAME.upper(), ""])
def test_other_names_are_no_probes(name: str) -> None:
    assert not is_probe(name)
    assert not is_left_behind(name, SERVER, NOW + timedelta(days=1))


def test_it_is_left_behind_once_nobody_can_wait_for_it_and_only_by_its_own_registry() -> None:
    after = NOW + PROBED_WITHIN + timedelta(seconds=1)
    assert is_left_behind(NAME, SERVER, after)
    assert not is_left_behind(NAME, SERVER, NOW + PROBED_WITHIN)
    assert not is_left_behind(NAME, OTHER, after)

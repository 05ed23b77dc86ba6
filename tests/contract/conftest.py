"""Makes an absent folder of recordings one clear message for every contract test."""

from __future__ import annotations

import pytest

from tests.contract import recordings


@pytest.fixture(scope="session", autouse=True)
def _recordings_present() -> None:
    """Skip contract tests without recordings; fail them in CI."""
    recordings.require()

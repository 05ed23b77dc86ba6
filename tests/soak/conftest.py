"""Long runs: left out unless they are asked for. Each has a seed, printed: SAMBUNG_TEST_SEED repeats it."""

from pathlib import Path

import pytest

from tests.integration.promises.conftest import seed

__all__ = ["seed"]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Only `pytest tests/soak` runs them."""
    asked_for = any("soak" in argument for argument in config.args)
    return None if asked_for else True

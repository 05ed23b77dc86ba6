"""What takes long runs only when it is asked for: `make soak`."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if any("soak" in Path(argument).parts for argument in config.args) else True

"""What more than one kind of test needs."""

from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import settings

from tests import postgres

# A shared machine may pause for longer than any example takes.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Files that take long begin first: at the end there are only short ones, and no worker is left alone with a long one.
_FIRST: Final = ("integration/local_stack", "integration/test_sam.py", "integration/operations", "e2e", "integration")
_LAST: Final = ("contract", "unit")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long ones first; by chance within that, as they came."""
    here = config.rootpath / "tests"

    def late(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        first = next((place for place, name in enumerate(_FIRST) if path.startswith(name)), len(_FIRST))
        return first + path.startswith(_LAST)

    items.sort(key=late)


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """The run's PostgreSQL server, started by the first test that needs it."""
    with postgres.cluster() as running:
        yield running


@pytest.fixture
def database_url(cluster: postgres.Cluster) -> Iterator[str]:
    """A fresh database with the present schema."""
    address = cluster.create()
    yield address
    cluster.drop(address)


@pytest.fixture
def empty_database_url(cluster: postgres.Cluster) -> Iterator[str]:
    """A fresh database with nothing in it."""
    address = cluster.create(empty=True)
    yield address
    cluster.drop(address)

"""What more than one kind of test needs."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import postgres

# A shared machine may pause for longer than any example takes.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


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

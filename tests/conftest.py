"""What more than one kind of test needs."""

from collections.abc import Iterator

import pytest

from tests import postgres


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

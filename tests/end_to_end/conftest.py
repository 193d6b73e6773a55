"""Services with the demo, started as a user would: one that is only read, one to work on."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.service import Service, data_folder, running


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A running service with the demo loaded, which tests only read."""
    with data_folder() as folder, running(folder) as started:
        yield started


@pytest.fixture(scope="session")
def workshop() -> Iterator[Service]:
    """A running service with the demo loaded, which tests may add to."""
    with data_folder() as folder, running(folder) as started:
        yield started

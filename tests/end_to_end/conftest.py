"""One service with the demo, started as a user would, for all end-to-end tests that only read."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.service import Service, data_folder, running


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A running service with the demo loaded."""
    with data_folder() as folder, running(folder) as started:
        yield started

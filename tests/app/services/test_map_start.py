"""What the map opens on."""

from app.services import map_start
from app.services.runtime import Runtime
from tests.app.scene import Showcase


def test_empty_installation_has_no_extent_and_no_demo(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        start = map_start.describe(session)
    assert start["bbox"] is None
    assert start["demo"] is None
    assert start["boundary_sentence"].startswith("The designations employed")


def test_extent_is_that_of_the_public_samples(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        west, south, east, north = map_start.describe(session)["bbox"]
    # The private samples lie near 3 E 45 N and must not widen it.
    assert 5.70 < west < east < 5.78
    assert 50.94 < south < north < 51.0

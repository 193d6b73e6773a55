"""What statements of tiles ask the database to do."""

import pytest

from app.services.vector_tiles.quick import _statement


@pytest.mark.parametrize("collection", ["boundaries", "sources"])
def test_a_shape_is_cut_and_put_on_the_plane_once(collection: str) -> None:
    text = _statement(collection, "WebMercatorQuad", 10, has_code=False, has_threshold=False).text
    assert text.count("ST_Transform(") == 1
    assert text.count("ST_ClipByBox2D(") == 1

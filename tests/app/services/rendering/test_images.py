"""Pictures hold what they were made of."""

import numpy as np
import pytest

from app.services.rendering.images import encode_png
from tests.app.scene import decode_png


@pytest.mark.parametrize("is_opaque", [False, True])
def test_a_picture_unpacks_to_its_indexes(is_opaque: bool) -> None:
    rng = np.random.default_rng(3)
    indexes = rng.integers(0, 256, (5, 9), np.uint8)
    indexes[0, :2] = 0, 255  # the steps along a row go round
    palette = rng.integers(0, 256, (256, 3), np.uint8)
    pixels = decode_png(encode_png(indexes, palette, is_opaque=is_opaque))
    assert (pixels[..., :3] == palette[indexes]).all()
    expected = np.where((indexes > 0) | is_opaque, 255, 0)
    assert (pixels[..., 3] == expected).all()


def test_what_rises_evenly_is_small() -> None:
    indexes = np.add.outer(np.arange(256), np.arange(256)).astype(np.uint8)
    assert len(encode_png(indexes, np.zeros((256, 3), np.uint8))) < 2_500

"""What is drawn of cells, held against the definition of each kind of number."""

import math

import numpy as np
import pytest

from app.errors import InvalidRequest
from app.services.rendering.layers import CLASS_EDGES, Layer, LayerWish, parse_breaks
from app.services.rendering.ramps import UNDECIDABLE, class_ramp, concentration_ramp
from spatial.distributions.contract import single_band

_QUANTITY = single_band("p")
_CLASSES = Layer("class", _QUANTITY, class_ramp(CLASS_EDGES), "1", "classes", _QUANTITY, 50.0)
# At the edges of classes, and on both sides of each; what is no probability is in the last ones.
_EDGES = np.array(CLASS_EDGES)
_SHARES = np.concatenate([
    _EDGES, np.nextafter(_EDGES, -1), np.nextafter(_EDGES, 2), [np.nan, 0.35],
])  # fmt: skip


def _class(share: float) -> float:
    if math.isnan(share):
        return math.nan
    return 0 if share < 0.2 else 1 if share < 0.5 else 2 if share < 0.8 else 3


def test_numbers_of_classes_begin_at_their_edge() -> None:
    told = _CLASSES.told(is_picture=False)
    found = told.near.calculate([_SHARES])
    np.testing.assert_array_equal(found, [_class(share) for share in _SHARES])
    assert math.isnan(told.missing)
    assert not told.near.has_deciding


@pytest.mark.parametrize("is_picture", [False, True])
def test_classes_are_held_back_where_no_data_can_decide(is_picture: bool) -> None:
    layer = Layer(
        "class", _QUANTITY, _CLASSES.ramp, "1", "classes", _QUANTITY, 50.0, undecidable="shown"
    )
    told, plain = layer.told(is_picture=is_picture), _CLASSES.told(is_picture=is_picture)
    # From which threshold on data can decide: about 50 itself they can.
    deciding = np.array([-math.inf, 0.0, 50.0, np.nextafter(50.0, 51.0), math.inf, math.nan])
    shares, from_then = (grid.ravel() for grid in np.meshgrid(_SHARES, deciding))
    for drawn, other in ((told.near, plain.near), (told.afar, plain.afar)):
        assert drawn is not None
        assert other is not None
        assert drawn.has_deciding
        before = shares.copy()
        found = drawn.calculate([shares, from_then])
        is_held = [known > 50.0 and not math.isnan(share)
                   for share, known in zip(shares, from_then, strict=True)]  # fmt: skip
        expected = other.calculate([shares])
        expected[is_held] = UNDECIDABLE if is_picture else 4
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(shares, before)
    assert 0 < sum(is_held) < len(is_held)


def test_pictures_have_places_and_float_tiles_numbers() -> None:
    values = np.array([[np.nan, 5.0], [1e-9, 1e9]])
    layer = Layer("median", _QUANTITY, concentration_ramp(1.0, 100.0), "mg/kg", "median")
    told = layer.told(is_picture=False)
    np.testing.assert_array_equal(told.near.calculate([values]), values)
    picture = layer.told(is_picture=True)
    places = picture.near.calculate([values])
    assert places.dtype == picture.kind == np.uint8
    assert places[0, 0] == picture.missing == 0
    assert 1 < places[0, 1] < 255
    assert places[1].tolist() == [1, 255]
    assert told.afar is picture.afar is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("1,2", (1.0, 2.0)),
        (" 1 , 2.5,1e3 ", (1.0, 2.5, 1000.0)),
        ("-5,-0.5,0", (-5.0, -0.5, 0.0)),
        (",".join(map(str, range(16))), tuple(map(float, range(16)))),
    ],
)
def test_breaks_are_read(text: str | None, expected: tuple[float, ...] | None) -> None:
    assert parse_breaks(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "1", "1,", ",1,2", "1,,2", "2,1", "1,1", "-0,0", "1;2", "1_0,20", "a,b", "nan,1",
        "1,nan", "1,inf", "-inf,1", "1,1e400", "0x1,0x2", ",".join(map(str, range(17))),
    ],
)  # fmt: skip
def test_other_breaks_are_refused_by_their_name(text: str) -> None:
    with pytest.raises(InvalidRequest, match="2 to 16 rising numbers") as caught:
        parse_breaks(text)
    assert caught.value.details == {"parameter": "breaks"}


@pytest.mark.parametrize(
    ("wish", "parameter"),
    [
        (LayerWish("probability"), "threshold"),
        (LayerWish("class"), "threshold"),
        (LayerWish("quantile"), "q"),
        (LayerWish("median", q=0.5), "q"),
        (LayerWish("class", 5.0, q=0.0), "q"),
        (LayerWish("class", 5.0, breaks=(0.1, 0.2)), "breaks"),
    ],
)
def test_what_is_missing_or_too_many_is_named(wish: LayerWish, parameter: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        wish.check()
    assert caught.value.details == {"parameter": parameter}


def test_nothing_is_no_missing_number() -> None:
    for wish in (LayerWish(), LayerWish("quantile", q=0.0), LayerWish("probability", 0.0)):
        wish.check()

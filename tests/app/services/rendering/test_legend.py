"""Legends say the numbers that colours begin at, and show the colours that tiles have there."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from app.errors import NotFound
from app.services.rendering.layers import CLASS_EDGES, Layer, LayerName
from app.services.rendering.legend import draw_legend, legend
from app.services.rendering.ramps import (
    Ramp,
    class_ramp,
    concentration_ramp,
    probability_ramp,
    spread_ramp,
)
from spatial.distributions.contract import single_band
from tests.app.scene import decode_png

_SVG = "{http://www.w3.org/2000/svg}"


def _layer(name: LayerName, ramp: Ramp, unit: str = "mg/kg") -> Layer:
    return Layer(name, single_band("band"), ramp, unit, name)


def _labels(layer: Layer) -> list[str]:
    return [stop["label"] for stop in legend(layer, "Zinc", None)["stops"]]


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        ((1.0, 2.5), ["≤ 1", "≥ 2.5"]),
        # As somebody states them: none is rounded, and two are never told as the same.
        ((1234567.0, 1234568.0), ["≤ 1234567", "≥ 1234568"]),
        ((250000.5, 1e6, 1e7), ["≤ 250000.5", "1000000", "≥ 10000000"]),
        ((1e-7, 1.00000001, 3.0), ["≤ 1e-07", "1.00000001", "≥ 3"]),
        # As a map has them, which need not be told to their last digit.
        ((float(np.float32(-3.2165712)), 0.1 + 0.2, 1 / 3), ["≤ -3.21657", "0.3", "≥ 0.333333"]),
    ],
)
def test_numbers_are_those_of_the_breaks(breaks: tuple[float, ...], expected: list[str]) -> None:
    assert _labels(_layer("median", concentration_ramp(1.0, 9.0).along(breaks))) == expected


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        (probability_ramp().breaks, ["0%", "20%", "40%", "60%", "80%", "100%"]),
        # 100 × 0.29 and 100 × 0.57 are no whole numbers in binary.
        ((0.29, 0.57, 0.58), ["29%", "57%", "58%"]),
        ((0.00001, 0.001, 0.0255, 0.9999), ["0.001%", "0.1%", "2.55%", "99.99%"]),
    ],
)
def test_shares_are_those_of_the_breaks(breaks: tuple[float, ...], expected: list[str]) -> None:
    assert _labels(_layer("probability", probability_ramp().along(breaks), "1")) == expected


@pytest.mark.parametrize(
    "spread", [(0.0, 0.0), (0.5, 0.5), (0.501, 0.499), (3e8, 3e8), (0.1, 0.9), (1e-5, 2e-5)]
)
def test_spread_has_a_scale_also_where_it_is_the_same_everywhere(
    spread: tuple[float, float],
) -> None:
    ramp = spread_ramp(*spread)
    labels = _labels(_layer("sigma", ramp))
    assert len(set(labels)) == len(labels) == 6
    assert (np.diff(ramp.breaks) > 0).all()
    # What is everywhere is no more than what is nowhere.
    assert ramp.positions(np.array([spread[0]]))[0] == 1


LAYERS = {
    "median": _layer("median", concentration_ramp(12.0, 900.0)),
    "uneven": _layer("median", concentration_ramp(12.0, 900.0).along((1.0, 2.0, 100.0))),
    "many": _layer("mean", concentration_ramp(1.0, 9.0).along(tuple(map(float, range(1, 17))))),
    "probability": _layer("probability", probability_ramp(), "1"),
    "class": _layer("class", class_ramp(CLASS_EDGES), "1"),
    "undecidable": replace(_layer("class", class_ramp(CLASS_EDGES), "1"), undecidable="shown"),
    "unknown": replace(_layer("class", class_ramp(CLASS_EDGES), "1"), undecidable="unknown"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_picture_has_each_colour_beside_its_number(name: str) -> None:
    layer = LAYERS[name]
    told = legend(layer, "Zinc", "200 mg/kg")
    media_type, picture = draw_legend("png", layer, told)
    assert media_type == "image/png"
    pixels = decode_png(picture)
    assert (pixels[..., 3] == 255).all()
    is_paper = (pixels[..., :3] == 255).all(axis=2)
    # The bar is the only thing that is coloured from its edge on: rows of it, and of white.
    at = np.flatnonzero((~is_paper[:, 8:32]).all(axis=1))
    bar = pixels[at[0] : at[-1] + 1, 8:32, :3]
    assert not (bar == 34).all(axis=2).any()  # what letters are written in
    count = len(told["stops"])
    if told["scale"] == "stepped":
        boxes = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
        assert len(boxes) == count
        middles = [int(box[len(box) // 2]) for box in boxes]
    else:
        middles = np.rint(np.linspace(at[0], at[-1], count)).astype(int).tolist()
    for middle, stop in zip(middles, told["stops"], strict=True):
        wanted = [int(stop["color"][n : n + 2], 16) for n in (1, 3, 5)]
        near = np.abs(pixels[middle - 1 : middle + 2, 8:32, :3].astype(int) - wanted).sum(axis=2)
        assert near.min() <= 6, stop
        # Its label is beside it.
        assert not is_paper[middle - 5 : middle + 6, 40:].all(), stop


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("zinc", ["Zinc", "<Zn> & 'Co' \"x\" ]]>", "锌 ЦИНК زنك", "z" * 300])
def test_drawing_is_well_formed_and_holds_every_word(name: str, zinc: str) -> None:
    layer = LAYERS[name]
    told = legend(layer, zinc, "20 <mg/kg>")
    media_type, drawing = draw_legend("svg", layer, told)
    assert media_type == "image/svg+xml"
    root = ET.fromstring(drawing)  # noqa: S314 - our own
    words = [one.text or "" for one in root.iter(f"{_SVG}text")]
    assert words[0] == told["title"] == root.findtext(f"{_SVG}title")
    assert {stop["label"] for stop in told["stops"]} <= set(words)
    assert " ".join(words).endswith(told.get("note", words[-1]))
    # Nothing begins outside of it.
    height, width = int(root.get("height", 0)), int(root.get("width", 0))
    for one in root.iter(f"{_SVG}text"):
        assert 0 < int(one.get("x", -1)) < width
        assert 0 < int(one.get("y", -1)) < height
    colours = {one.get("fill") for one in root.iter(f"{_SVG}rect")}
    colours |= {one.get("stop-color") for one in root.iter(f"{_SVG}stop")}
    assert {stop["color"] for stop in told["stops"]} <= colours
    draw_legend("png", layer, told)


def test_other_endings_are_not_found() -> None:
    layer = LAYERS["median"]
    with pytest.raises(NotFound, match="svg, png"):
        draw_legend("pdf", layer, legend(layer, "Zinc", None))

"""Styles for desktop programs: XML that says the numbers and colours of the legend, exactly."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from app.errors import Unprocessable
from app.services.rendering.layers import CLASS_EDGES, Layer
from app.services.rendering.legend import legend
from app.services.rendering.ramps import class_ramp, concentration_ramp, spread_ramp
from app.services.rendering.styles import draw_style
from spatial.distributions.contract import Quantity, single_band

_SLD = "{http://www.opengis.net/sld}"
# No two of them are one when they are written to a few digits.
_RAMP = concentration_ramp(1.0, 9.0).along((0.1 + 0.2, 0.3000001, 1234567.0, 1234568.0))
_LAYER = Layer("median", single_band("median"), _RAMP, "mg/kg", "median")
_BANDS = ("location", "sigma", "median")


@pytest.mark.parametrize("name", ["Zinc", "<Zn> & \"Co\" 'x'", 'only "double"', "only 'single'"])
@pytest.mark.parametrize("layer", [_LAYER, replace(_LAYER, ramp=spread_ramp(0.25, 0.25))])
def test_styles_say_what_the_legend_says(layer: Layer, name: str) -> None:
    told = legend(layer, name, None)
    expected = [(stop["value"], stop["color"], stop["label"]) for stop in told["stops"]]

    media_type, written = draw_style("qml", layer, told, _BANDS)
    assert media_type == "application/x-qgis-layer-settings"
    [drawn] = ET.fromstring(written).iter("rasterrenderer")  # noqa: S314 - our own
    items = [
        (float(one.get("value", "")), one.get("color"), one.get("label"))
        for one in drawn.iter("item")
    ]
    assert items == expected
    assert drawn.get("band") == "3"
    ends = [float(drawn.get(f"classification{end}", "")) for end in ("Min", "Max")]
    assert ends == [layer.ramp.breaks[0], layer.ramp.breaks[-1]]

    media_type, written = draw_style("sld", layer, told, _BANDS)
    assert media_type == "application/vnd.ogc.sld+xml"
    root = ET.fromstring(written.encode())  # noqa: S314 - our own
    entries = [
        (float(one.get("quantity", "")), one.get("color"), one.get("label"))
        for one in root.iter(f"{_SLD}ColorMapEntry")
    ]
    assert entries == expected
    assert [one.text for one in root.iter(f"{_SLD}SourceChannelName")] == ["3"]
    assert {one.text for one in root.iter(f"{_SLD}Name")} == {told["title"]}


@pytest.mark.parametrize("ending", ["qml", "sld"])
def test_what_is_no_band_has_no_style(ending: str) -> None:
    several = replace(_LAYER, quantity=Quantity(("location", "sigma"), lambda bands: bands[0]))
    classes = replace(_LAYER, name="class", ramp=class_ramp(CLASS_EDGES))
    for layer, why in ((several, "worked out of 2 bands"), (classes, "no band of the file")):
        with pytest.raises(Unprocessable, match=why):
            draw_style(ending, layer, legend(layer, "Zinc", None), _BANDS)

"""A layer's colours as styles for desktop programs: QGIS (QML) and OGC SLD."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from app.errors import Unprocessable
from app.services.rendering.layers import Layer


def _qml(told: dict[str, Any], band: int) -> str:
    """Return a QGIS style of one band, its classes those of the legend."""
    items = "".join(
        f'<item value="{stop["value"]!r}" color="{stop["color"]}" alpha="255" '
        f"label={quoteattr(stop['label'])}/>"
        for stop in told["stops"]
    )
    low, high = told["stops"][0]["value"], told["stops"][-1]["value"]
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.22" styleCategories="Symbology"><pipe>'
        f'<rasterrenderer type="singlebandpseudocolor" band="{band}" opacity="1" alphaBand="-1" '
        f'classificationMin="{low!r}" classificationMax="{high!r}"><rastershader>'
        '<colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0">'
        f"{items}</colorrampshader></rastershader></rasterrenderer></pipe></qgis>\n"
    )


def _sld(told: dict[str, Any], band: int) -> str:
    """Return the same as an OGC Styled Layer Descriptor 1.0."""
    entries = "".join(
        f'<ColorMapEntry color="{stop["color"]}" quantity="{stop["value"]!r}" '
        f"label={quoteattr(stop['label'])}/>"
        for stop in told["stops"]
    )
    name = quoteattr(told["title"])[1:-1]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld">'
        f"<NamedLayer><Name>{name}</Name><UserStyle><Title>{name}</Title><FeatureTypeStyle><Rule>"
        "<RasterSymbolizer><ChannelSelection><GrayChannel>"
        f"<SourceChannelName>{band}</SourceChannelName></GrayChannel></ChannelSelection>"
        f'<ColorMap type="ramp">{entries}</ColorMap></RasterSymbolizer></Rule></FeatureTypeStyle>'
        "</UserStyle></NamedLayer></StyledLayerDescriptor>\n"
    )


_STYLES = {
    "qml": ("application/x-qgis-layer-settings", _qml),
    "sld": ("application/vnd.ogc.sld+xml", _sld),
}


def draw_style(
    ending: str, layer: Layer, told: dict[str, Any], bands: Sequence[str]
) -> tuple[str, str]:
    """Return the media type and the text of a style for the file with these bands.

    Raises
    ------
    Unprocessable
        A layer that is worked out and is no band of the file.
    """
    if layer.name == "class":
        raise Unprocessable(
            "layer=class is no band of the file: it is worked out of a probability, a threshold "
            "and where the data can decide. The tiles show it."
        )
    if len(layer.quantity.bands) != 1:
        raise Unprocessable(
            f"layer={layer.name} is worked out of {len(layer.quantity.bands)} bands, and a style "
            "colours one. The tiles show it."
        )
    media_type, write = _STYLES[ending]
    return media_type, write(told, bands.index(layer.quantity.bands[0]) + 1)

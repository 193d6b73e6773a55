"""Styles for QGIS that lie inside of GeoPackages."""

# Red, green, blue and opacity of what is shown; those of hotspots grow darker with confidence.
_INK = "31,41,51,255"
_CONFIDENCES = {
    "likely": "122,1,119,190",
    "possible": "247,104,161,190",
    "cannot_be_ruled_out": "253,224,221,190",
    "undecidable": "189,189,189,190",
    "significant": "122,1,119,190",
    "highest": "122,1,119,190",
}
_POINTS = {"samples", "results", "members"}


def layer_qml(layer: str) -> str:
    """Return the style of a collection: hotspots by class, everything else by one symbol."""
    if layer == "hotspots" or layer.startswith("hl_"):
        categories = "".join(
            f'<category symbol="{number}" value="{name}" label="{name.replace("_", " ")}" '
            'render="true"/>'
            for number, name in enumerate(_CONFIDENCES)
        )
        symbols = "".join(
            _fill(number, colour) for number, colour in enumerate(_CONFIDENCES.values())
        )
        renderer = (
            '<renderer-v2 type="categorizedSymbol" attr="confidence">'
            f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
        )
    else:
        symbol = _marker() if layer in _POINTS else ""
        if not symbol:
            return _document("")  # shapes of several kinds: QGIS chooses
        renderer = f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>'
    return _document(renderer)


def _document(renderer: str) -> str:
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f'<qgis version="3.22" styleCategories="Symbology">{renderer}</qgis>\n'
    )


def _fill(number: int, colour: str) -> str:
    told = {"color": colour, "outline_color": _INK, "outline_width": "0.3", "style": "solid"}
    return _symbol(number, "fill", "SimpleFill", told)


def _marker() -> str:
    told = {"name": "circle", "color": "247,104,161,255", "outline_color": _INK, "size": "2.4"}
    return _symbol(0, "marker", "SimpleMarker", told)


def _symbol(number: int, kind: str, simple: str, told: dict[str, str]) -> str:
    options = "".join(
        f'<Option name="{name}" type="QString" value="{value}"/>' for name, value in told.items()
    )
    # Versions before 3.24 read these instead.
    properties = "".join(f'<prop k="{name}" v="{value}"/>' for name, value in told.items())
    return (
        f'<symbol name="{number}" type="{kind}" alpha="1"><layer class="{simple}" enabled="1">'
        f'<Option type="Map">{options}</Option>{properties}</layer></symbol>'
    )

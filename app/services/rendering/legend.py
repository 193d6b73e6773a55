"""What the colours of a tile mean: as data, as SVG and as a picture."""

from collections.abc import Callable
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np

from app.errors import NotFound
from app.services.rendering.images import encode_png
from app.services.rendering.layers import CLASS_NAMES, Layer
from app.services.rendering.lettering import HEIGHT, write_text
from app.services.rendering.ramps import (
    LATTICE_COLOUR,
    LATTICE_STEP,
    STEPS,
    UNDECIDABLE,
    UNDECIDABLE_COLOUR,
    with_lattice,
)

_CLASS_LABELS = {
    "unlikely": "unlikely (below 20%)",
    "cannot_be_ruled_out": "cannot be ruled out (20 to 50%)",
    "possible": "possible (50 to 80%)",
    "likely": "likely (80% or more)",
}
_UNDECIDABLE_STOP = {
    # No place on the scale of probabilities.
    "value": None,
    "color": UNDECIDABLE_COLOUR,
    "label": "undecidable (the data cannot tell)",
    "class": "undecidable",
}
_UNKNOWN = (
    "Where the data cannot decide is not shown: an earlier version built this surface. Build it "
    "again to see it."
)


def legend(layer: Layer, contaminant_name: str, threshold: str | None) -> dict[str, Any]:
    """Return the title, the unit and the stops of a layer's colours."""
    return {
        "layer": layer.name,
        "title": _title(layer, contaminant_name, threshold),
        "unit": layer.unit,
        "scale": _scale(layer),
        "breaks": list(layer.ramp.breaks),
        "stops": _stops(layer),
    } | _undecidable(layer)


def _undecidable(layer: Layer) -> dict[str, Any]:
    """Return what a legend of classes tells of places where the data cannot decide."""
    if layer.undecidable is None:
        return {}
    told = {"undecidable": layer.undecidable}
    return told | {"note": _UNKNOWN} if layer.undecidable == "unknown" else told


def _title(layer: Layer, name: str, threshold: str | None) -> str:
    if layer.name in {"probability", "class"}:
        against = threshold or "the threshold"
        return f"Probability that {name.lower()} exceeds {against}"
    return f"{name}, {layer.title}"


def _scale(layer: Layer) -> str:
    if layer.ramp.is_stepped:
        return "stepped"
    return "logarithmic" if layer.ramp.is_logarithmic else "linear"


def _stops(layer: Layer) -> list[dict[str, Any]]:
    ramp = layer.ramp
    if ramp.is_stepped:
        classes: list[dict[str, Any]] = [
            {"value": low, "color": ramp.colour_of((low + high) / 2), "label": _CLASS_LABELS[name]}
            | {"class": name}
            for low, high, name in zip(ramp.breaks, ramp.breaks[1:], CLASS_NAMES, strict=False)
        ]
        return [*classes, _UNDECIDABLE_STOP] if layer.undecidable == "shown" else classes
    if layer.name == "probability":
        labels = [f"{_number(round(100 * value, 12))}%" for value in ramp.breaks]
    else:
        labels = [_number(value) for value in ramp.breaks]
        # The ends of the ramp stand for everything beyond them.
        labels[0], labels[-1] = f"≤ {labels[0]}", f"≥ {labels[-1]}"
    return [
        {"value": value, "color": ramp.colour_of(value), "label": label}
        for value, label in zip(ramp.breaks, labels, strict=True)
    ]


def _number(value: float) -> str:
    """Return a break as somebody stated it, and one that was found out to six digits."""
    stated = f"{value:.12g}"
    return stated if float(stated) == value else f"{value:g}"


_BAR_WIDTH, _ROW, _MARGIN = 24, 20, 8
# Of a picture: from one line of the title to the next, and the most letters in one.
_LINE, _LONGEST_LINE = 12, 44
_LATTICE = (
    f'<defs><pattern id="lattice" width="{LATTICE_STEP}" height="{LATTICE_STEP}" '
    f'patternUnits="userSpaceOnUse"><path d="M0 0L{LATTICE_STEP} {LATTICE_STEP}M{LATTICE_STEP} '
    f'0L0 {LATTICE_STEP}" stroke="{LATTICE_COLOUR}"/></pattern></defs>'
)


def legend_svg(told: dict[str, Any]) -> str:
    """Return a legend as a drawing that stands alone."""
    stops = told["stops"]
    is_stepped = told["scale"] == "stepped"
    top = _MARGIN + 2 * _ROW
    notes = wrap(told.get("note") or "", _LONGEST_LINE)
    below = top + _ROW * len(stops)
    height = below + _ROW * len(notes) + _MARGIN
    words = [escape(told["title"]), escape("" if told["unit"] == "1" else told["unit"])]
    width = 2 * _MARGIN + max(
        [8 * len(line) for line in (told["title"], *notes)]
        + [_BAR_WIDTH + 12 + 8 * len(stop["label"]) for stop in stops]
    )
    body = [
        f'<text x="{_MARGIN}" y="{_MARGIN + 12}" font-weight="bold">{words[0]}</text>',
        f'<text x="{_MARGIN}" y="{_MARGIN + 12 + _ROW}">{words[1]}</text>',
    ]
    if not is_stepped:
        body.append(_gradient(stops, top))
    for number, stop in enumerate(stops):
        y = top + number * _ROW
        if is_stepped:
            box = f'<rect x="{_MARGIN}" y="{y}" width="{_BAR_WIDTH}" height="{_ROW - 4}"'
            body.append(f'{box} fill="{stop["color"]}" stroke="#555555"/>')
            if stop["class"] == "undecidable":
                body.append(f'{_LATTICE}{box} fill="url(#lattice)"/>')
        label = escape(stop["label"])
        body.append(f'<text x="{_MARGIN + _BAR_WIDTH + 8}" y="{y + 13}">{label}</text>')
    for number, line in enumerate(notes):
        y = below + number * _ROW + 13
        body.append(f'<text x="{_MARGIN}" y="{y}">{escape(line)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="13">'
        f"<title>{words[0]}</title>"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(body)}</svg>'
    )


def _gradient(stops: list[dict[str, Any]], top: int) -> str:
    last = len(stops) - 1
    colours = "".join(
        f'<stop offset="{100 * number / last:g}%" stop-color="{stop["color"]}"/>'
        for number, stop in enumerate(stops)
    )
    y, height = top + _ROW // 2 - 2, last * _ROW
    return (
        f'<defs><linearGradient id="ramp" x1="0" y1="0" x2="0" y2="1">{colours}</linearGradient>'
        f'</defs><rect x="{_MARGIN}" y="{y}" width="{_BAR_WIDTH}" height="{height}" '
        'fill="url(#ramp)" stroke="#555555"/>'
    )


def legend_png(layer: Layer, told: dict[str, Any]) -> bytes:
    """Return a legend as a picture: title and unit, and the bar with its numbers below."""
    stops = told["stops"]
    heads = wrap(told["title"], _LONGEST_LINE)
    if told["unit"] != "1":
        heads.append(told["unit"])
    top, left = _MARGIN + _LINE * len(heads) + _MARGIN, _MARGIN + _BAR_WIDTH + 8
    lines = [(_MARGIN + number * _LINE, _MARGIN, text) for number, text in enumerate(heads)]
    lines += [(top + n * _ROW + 4, left, stop["label"]) for n, stop in enumerate(stops)]
    below, notes = top + _ROW * len(stops), wrap(told.get("note") or "", _LONGEST_LINE)
    lines += [(below + n * _LINE, _MARGIN, text) for n, text in enumerate(notes)]
    written = [(y, x, write_text(text)) for y, x, text in lines]
    width = max(x + letters.shape[1] for _, x, letters in written) + _MARGIN
    canvas = np.zeros((below + _LINE * len(notes) + _MARGIN, width), np.uint8)
    # Index 0 is the paper, and ink takes the place of the ramp's last colour but one.
    palette, ink = layer.ramp.palette(), STEPS - 1
    palette[0], palette[ink] = (255, 255, 255), (34, 34, 34)
    if told["scale"] == "stepped":
        for number, stop in enumerate(stops):
            y = top + number * _ROW
            if stop["class"] == "undecidable":
                index = UNDECIDABLE
            else:
                middle = (stop["value"] + layer.ramp.breaks[number + 1]) / 2
                index = int(layer.ramp.positions(np.array([middle]))[0])
            canvas[y : y + _ROW - 4, _MARGIN : _MARGIN + _BAR_WIDTH] = index
        canvas = with_lattice(canvas)
    else:
        bar = np.rint(np.linspace(1, STEPS, (len(stops) - 1) * _ROW)).astype(np.uint8)
        bar[bar == ink] = ink - 1
        first = top + _ROW // 2 - 2
        canvas[first : first + len(bar), _MARGIN : _MARGIN + _BAR_WIDTH] = bar[:, np.newaxis]
    for y, x, letters in written:
        canvas[y : y + HEIGHT, x : x + letters.shape[1]][letters] = ink
    return encode_png(canvas, palette, is_opaque=True)


LegendWriter = Callable[[Layer, dict[str, Any]], tuple[str, bytes]]
LEGEND_FORMATS: dict[str, LegendWriter] = {
    "svg": lambda _, told: ("image/svg+xml", legend_svg(told).encode()),
    "png": lambda layer, told: ("image/png", legend_png(layer, told)),
}


def draw_legend(ending: str, layer: Layer, told: dict[str, Any]) -> tuple[str, bytes]:
    """Return the media type and the bytes of a legend.

    Raises
    ------
    NotFound
        No such format.
    """
    if ending not in LEGEND_FORMATS:
        raise NotFound(
            f"There is no legend as {ending[:20]!r}. There are: {', '.join(LEGEND_FORMATS)}, and "
            "JSON without an ending."
        )
    return LEGEND_FORMATS[ending](layer, told)

"""Pairs of contaminants as a picture: a matrix whose cells hold the numbers themselves."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from app.errors import InvalidRequest

# From pale to dark blue, and from orange over white to purple: told apart by every kind of
# colour vision, and by lightness alone in the first.
_RISING = ((247, 251, 255), (198, 219, 239), (107, 174, 214), (33, 113, 181), (8, 48, 107))
_TWO_SIDED = ((179, 88, 6), (253, 184, 99), (247, 247, 247), (178, 171, 210), (84, 39, 136))
_CELL, _MARGIN, _FONT = 84, 24, 14
_SIGNIFICANT = 0.05
_UNKNOWN = "#e8e8e8"

# Of each figure: its title, its colours, and where a number lies on them between 0 and 1.
FIGURES: dict[str, tuple[str, Sequence[tuple[int, int, int]], Callable[[float], float]]] = {
    "jaccard": (
        "Jaccard index: of the places where either exceeds, how many have both",
        _RISING,
        lambda x: x,
    ),
    "lift": (
        "Lift: how many times more often together than if independent",
        _TWO_SIDED,
        # Twice and half as often are equally far from the middle; the ends stand at four times.
        lambda x: (math.log2(x) + 2) / 4 if x > 0 else 0.0,
    ),
    "kendall_tau": ("Kendall's tau-b of the concentrations", _TWO_SIDED, lambda x: (x + 1) / 2),
}


def draw_matrix(told: Mapping[str, Any], figure: str = "jaccard") -> str:
    """Return the pairs as an SVG drawing that stands alone.

    The diagonal holds how many places exceed; a star marks pairs that are a discovery at a false
    discovery rate of 5 %.

    Raises
    ------
    InvalidRequest
        A figure there is not.
    """
    if figure not in FIGURES:
        raise InvalidRequest(
            f"There is no figure {figure[:40]!r}; there are: {', '.join(FIGURES)}.",
            parameter="figure",
        )
    title = FIGURES[figure][0]
    names = [one["name"] for one in told["contaminants"]]
    left = _MARGIN + max(9 * len(name) for name in names) + 12
    top = _MARGIN + 3 * _FONT + 40
    width = max(left + _CELL * len(names) + _MARGIN, 2 * _MARGIN + 8 * len(title))
    height = top + _CELL * len(names) + 3 * _FONT + _MARGIN
    cells = [_labels(names, left, top)]
    for row, one in enumerate(told["contaminants"]):
        cells.append(_diagonal(one, left + row * _CELL, top + row * _CELL))
    order = {one["contaminant"]: j for j, one in enumerate(told["contaminants"])}
    for pair in told["pairs"]:
        first, second = order[pair["first"]], order[pair["second"]]
        both = (names[first], names[second])
        for row, column in ((first, second), (second, first)):
            cells.append(_cell(pair, figure, both, (left + column * _CELL, top + row * _CELL)))
    said = (
        f"Which of {', '.join(names)} exceed their values at the same places. {title}. Each cell "
        "holds its number; the diagonal the places that exceed. A star: significant at a false "
        "discovery rate of 5 %."
    )
    foot = "* q ≤ 0.05 (Fisher, Benjamini–Hochberg). Diagonal: places that exceed."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" aria-labelledby="matrix-title matrix-said" '
        f'font-family="sans-serif" font-size="{_FONT}">'
        f'<title id="matrix-title">{escape(title)}</title><desc id="matrix-said">{escape(said)}'
        f'</desc><rect width="{width}" height="{height}" fill="#ffffff"/>'
        f'<text x="{_MARGIN}" y="{_MARGIN + _FONT}" font-weight="bold">{escape(title)}</text>'
        f"{''.join(cells)}"
        f'<text x="{_MARGIN}" y="{height - _MARGIN}" font-size="12">{escape(foot)}</text></svg>\n'
    )


def _labels(names: Sequence[str], left: int, top: int) -> str:
    parts = []
    for j, name in enumerate(names):
        middle = j * _CELL + _CELL // 2
        parts.append(
            f'<text x="{left - 8}" y="{top + middle + 5}" text-anchor="end">{escape(name)}</text>'
            f'<text x="{left + middle}" y="{top - 8}" text-anchor="middle"{_squeezed(name)}>'
            f"{escape(name)}</text>"
        )
    return "".join(parts)


def _squeezed(name: str) -> str:
    """Return what keeps a long name above its own column."""
    is_long = 9 * len(name) > _CELL - 6
    return f' textLength="{_CELL - 6}" lengthAdjust="spacingAndGlyphs"' if is_long else ""


def _diagonal(one: Mapping[str, Any], x: int, y: int) -> str:
    decided = one["places"] - one["undecided"]
    said = (
        f"{one['name']}: {one['exceeding']} of {decided} places exceed {one['threshold']:g} "
        f"{one['unit']}"
    )
    return _box(x, y, "#ffffff", (f"{one['exceeding']}", f"of {decided}"), said)


def _cell(
    pair: Mapping[str, Any], figure: str, names: tuple[str, str], corner: tuple[int, int]
) -> str:
    value = pair[figure]
    counts = f"{pair['both']} of {pair['places']} places"
    if value is None:
        return _box(*corner, _UNKNOWN, ("–", counts.removesuffix(" places")),
                    f"{' and '.join(names)}: not known")  # fmt: skip
    _, ramp, where = FIGURES[figure]
    star = "*" if pair["q_value"] <= _SIGNIFICANT else ""
    said = f"{' and '.join(names)}: {value:.2f}; both exceed at {counts}; q {pair['q_value']:.2g}"
    return _box(
        *corner, _colour(ramp, where(value)), (f"{value:.2f}{star}", f"{pair['both']} both"), said
    )


def _box(x: int, y: int, fill: str, lines: tuple[str, str], said: str) -> str:
    # At this luminance black and white are equally far, 4.5 to 1.
    ink = "#000000" if _lightness(fill) > 0.179 else "#ffffff"
    middle = x + _CELL // 2
    return (
        f'<g><title>{escape(said)}</title><rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" '
        f'fill="{fill}" stroke="#666666"/><text x="{middle}" y="{y + 40}" text-anchor="middle" '
        f'fill="{ink}" font-size="16">{escape(lines[0])}</text><text x="{middle}" y="{y + 60}" '
        f'text-anchor="middle" fill="{ink}" font-size="12">{escape(lines[1])}</text></g>'
    )


def _colour(ramp: Sequence[tuple[int, int, int]], where: float) -> str:
    place = min(max(where, 0.0), 1.0) * (len(ramp) - 1)
    low = min(int(place), len(ramp) - 2)
    part = place - low
    mixed = (round(a + part * (b - a)) for a, b in zip(ramp[low], ramp[low + 1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _lightness(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.1)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

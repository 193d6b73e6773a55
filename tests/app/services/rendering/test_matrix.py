"""The matrix of pairs: what stands in it, and that everybody can read it."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from app.errors import InvalidRequest
from app.services.rendering.matrix import FIGURES, _colour, _lightness, draw_matrix

SVG = "{http://www.w3.org/2000/svg}"


def told(count: int = 3) -> dict[str, Any]:
    names = [f"Metal <{j}> & co" for j in range(count)]
    contaminants = [
        {"contaminant": f"m{j}", "name": name, "threshold": 10.0 * j + 5, "unit": "mg/kg",
         "exceeding": 20 + j, "places": 100, "undecided": 4}
        for j, name in enumerate(names)
    ]  # fmt: skip
    pairs = [
        {"first": f"m{a}", "second": f"m{b}", "places": 90, "both": 11 * (a + b), "jaccard":
         0.31 * (a + b), "lift": 1.7 if a else None, "kendall_tau": -0.4, "q_value": 0.5 - 0.24 * b}
        for a in range(count) for b in range(a + 1, count)
    ]  # fmt: skip
    return {"contaminants": contaminants, "pairs": pairs}


@pytest.mark.parametrize("figure", FIGURES)
def test_the_picture_says_itself_in_words_and_numbers(figure: str) -> None:
    drawing = ElementTree.fromstring(draw_matrix(told(), figure))  # noqa: S314 - our own
    assert drawing.get("role") == "img"
    named = {part.get("id"): part.text for part in drawing if part.get("id")}
    assert set((drawing.get("aria-labelledby") or "").split()) == set(named)
    assert FIGURES[figure][0] in named.values()
    assert "Metal <0> & co, Metal <1> & co" in (named["matrix-said"] or "")
    cells = drawing.findall(f"{SVG}g")
    assert len(cells) == 9
    texts = [cell.findtext(f"{SVG}text") for cell in cells]
    assert texts[:3] == ["20", "21", "22"]
    pairs = told()["pairs"]
    for number, pair in enumerate(pairs):
        star = "*" if pair["q_value"] <= 0.05 else ""
        value = pair[figure]
        expected = "–" if value is None else f"{value:.2f}{star}"
        # Above and below the diagonal stands the same.
        assert texts[3 + 2 * number : 5 + 2 * number] == [expected] * 2
        title = cells[3 + 2 * number].findtext(f"{SVG}title") or ""
        assert "Metal" in title
        assert ("not known" if value is None else f"{pair['both']} of 90") in title


@pytest.mark.parametrize("figure", FIGURES)
def test_numbers_can_be_read_on_every_colour(figure: str) -> None:
    _, ramp, where = FIGURES[figure]
    for step in range(101):
        fill = _colour(ramp, step / 100)
        light = _lightness(fill)
        ink = 0.0 if light > 0.179 else 1.0
        contrast = (max(light, ink) + 0.05) / (min(light, ink) + 0.05)
        assert contrast >= 4.5, fill
        assert re.fullmatch("#[0-9a-f]{6}", fill)
    assert where(1.0) == (0.5 if figure == "lift" else 1.0)


def test_lightness_alone_tells_how_often_two_exceed_together() -> None:
    _, ramp, _ = FIGURES["jaccard"]
    shades = [_lightness(_colour(ramp, step / 50)) for step in range(51)]
    assert shades == sorted(shades, reverse=True)


def test_a_figure_there_is_not() -> None:
    with pytest.raises(InvalidRequest, match="there are: jaccard, lift, kendall_tau"):
        draw_matrix(told(), "beauty")

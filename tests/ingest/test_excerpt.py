import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.excerpt import MAX_EXCERPT, excerpt, guard_formula, unguard_formula


@given(st.text(max_size=500))
def test_excerpt_is_short_printable_and_on_one_line(text: str) -> None:
    shown = excerpt(text)
    assert len(shown) <= MAX_EXCERPT
    assert shown.isprintable()


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1", " =1", "＝1+1", "-", "=", "\r@x"],
)
def test_guard_formula_prefixes_formulas(text: str) -> None:
    assert guard_formula(text) == "'" + text


@pytest.mark.parametrize("text", ["-5.2", "+3", "-1e-5", "-0,5", "zinc", "", "<0.05", "a=b"])
def test_guard_formula_leaves_numbers_and_text(text: str) -> None:
    assert guard_formula(text) == text


@given(st.text(max_size=50))
def test_guard_formula_can_be_undone_after_a_round_trip(text: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(["x", guard_formula(text)])
    file.seek(0)
    cell = next(csv.reader(file))[1]
    assert cell in {text, "'" + text}


@given(st.lists(st.text(alphabet="=+-@'\t 1aＡ＝.", max_size=6), min_size=1))
def test_guarded_texts_come_back_as_they_were(texts: list[str]) -> None:
    own = [text for text in texts if unguard_formula(pl.Series([text]))[0] == text]
    guarded = pl.Series([guard_formula(text) for text in own], dtype=pl.String)
    assert unguard_formula(guarded).to_list() == own


def test_other_apostrophes_stay() -> None:
    texts = ["'s-Hertogenbosch", "'quoted'", "d'Ivoire", "'"]
    assert unguard_formula(pl.Series(texts)).to_list() == texts

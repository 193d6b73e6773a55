from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.registries import ContaminantEntry, Registries, UnitEntry
from ingest.units import Conversion, UnitIndex, UnitProblem, conversion_for

LEAD = ContaminantEntry("pb", molar_mass=207.2)


@pytest.fixture(scope="module")
def index(registries: Registries) -> UnitIndex:
    return UnitIndex(registries.units)


def test_every_spelling_of_the_registry_finds_its_own_meaning(
    index: UnitIndex, registries: Registries
) -> None:
    for unit in registries.units:
        found = index.find(unit.spelling)
        assert found is not None
        assert (found.canonical, found.factor, found.basis) == (
            unit.canonical,
            unit.factor,
            unit.basis,
        )


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("mg/kg", 1),
        ("MG / KG", 1),
        ("mg kg⁻¹", 1),
        ("mg·kg^-1", 1),
        ("µg/g", 1),
        ("μg/g", 1),
        ("ug/kg", Fraction(1, 1000)),
        ("ng/g", Fraction(1, 1000)),
        ("%", 10_000),
        ("wt. %", 10_000),
        ("мг/кг", 1),
        ("mg/kg d.w.", 1),
    ],
)
def test_usual_spellings_are_found(index: UnitIndex, text: str, factor: Fraction) -> None:
    unit = index.find(text)
    assert unit is not None
    assert unit.factor == factor


@pytest.mark.parametrize("text", ["", "mg", "kg/mg", "stone", "MBq/g", "m g / k"])
def test_other_texts_are_not_units(index: UnitIndex, text: str) -> None:
    assert index.find(text) is None


@pytest.mark.parametrize("text", ["mg_kg", "mg_kg_dw", "ppm", "ng_g", "pct", "mgkg"])
def test_units_in_names_are_found(index: UnitIndex, text: str) -> None:
    assert index.find_in_name(text) is not None


@given(value=st.decimals(min_value="0.001", max_value="100000", places=3))
def test_micrograms_convert_to_the_nearest_number(value: Decimal) -> None:
    thousandth = Conversion("µg/kg", "mg/kg", "unstated", 1.0, 1000.0)
    converted = thousandth.apply(pl.Series([float(value)]))[0]
    assert converted == float(value) / 1000
    assert converted == pytest.approx(float(value / 1000), rel=2**-52)


def test_molar_units_use_the_molar_mass(index: UnitIndex) -> None:
    conversion = conversion_for("mmol/kg", index.find("mmol/kg"), LEAD, "mg/kg")
    assert isinstance(conversion, Conversion)
    assert conversion.factor == 207.2


def test_molar_units_without_a_molar_mass_are_not_converted(index: UnitIndex) -> None:
    problem = conversion_for("mmol/kg", index.find("mmol/kg"), ContaminantEntry("tph"), "mg/kg")
    assert problem == UnitProblem(
        "unit_not_content", {"text": "mmol/kg", "basis": "no molar mass known"}
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stone", "unit_unknown"),
        ("ppt", "unit_unknown"),
        ("mg/l", "unit_not_content"),
        ("kg/ha", "unit_not_content"),
        ("mg/kg ww", "unit_not_content"),
        ("Bq/kg", "unit_wrong_kind"),
        ("particles/kg", "unit_wrong_kind"),
    ],
)
def test_units_that_cannot_be_used_say_why(index: UnitIndex, text: str, code: str) -> None:
    problem = conversion_for(text, index.find(text), LEAD, "mg/kg")
    assert isinstance(problem, UnitProblem)
    assert problem.code == code


def test_dry_basis_is_kept(index: UnitIndex) -> None:
    dry = conversion_for("mg/kg TS", index.find("mg/kg TS"), LEAD, "mg/kg")
    unstated = conversion_for("mg/kg", index.find("mg/kg"), LEAD, "mg/kg")
    assert isinstance(dry, Conversion)
    assert isinstance(unstated, Conversion)
    assert (dry.basis, unstated.basis) == ("dry", "unstated")


def test_a_folded_spelling_with_two_meanings_means_none() -> None:
    index = UnitIndex(
        [UnitEntry("a b", "mg/kg", Fraction(1)), UnitEntry("ab", "mg/kg", Fraction(2))]
    )
    assert index.find("AB") is None
    assert index.find("ab") is not None

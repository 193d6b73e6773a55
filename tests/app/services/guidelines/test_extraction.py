"""Families of extractions: which results may be held against which value."""

import pytest

from app.services.guidelines.extraction import accepted_by, is_comparable
from tests.app.services.guidelines.registry_rows import registry


@pytest.mark.parametrize(
    ("basis", "contaminant", "extraction", "expected"),
    [
        ("aqua regia (metals), dry matter", "zn", "aqua regia", True),
        ("aqua regia (metals), dry matter", "zn", "ISO 11466", True),
        ("aqua regia (metals), dry matter", "zn", "ammonium nitrate", False),
        ("aqua regia (metals), dry matter", "zn", "a word of ours", False),
        ("aqua regia (metals), dry matter", "zn", None, None),
        ("total/aqua regia (since 2010), dry matter", "zn", "aqua regia", True),
        ("total/aqua regia (since 2010), dry matter", "zn", "total digestion", True),
        ("total content (2 M HNO3), mg/kg dry soil", "zn", "total", False),
        ("total content (2 M HNO3), mg/kg dry soil", "zn", "2M HNO3", True),
        ("soluble content (0.1 M NaNO3)", "zn", "aqua regia", False),
        ("total (USEPA 3050/3051), dry weight", "zn", "EPA 3050B", True),
        ("total (USEPA 3050/3051), dry weight", "zn", "total", False),
        ("dry matter, strong acid digestion", "zn", "aqua regia", True),
        ("Cu 0.1 M HCl extract; As 1 M HCl extract", "cu", "0.1 M HCl", True),
        ("Cu 0.1 M HCl extract; As 1 M HCl extract", "as", "0.1 M HCl", False),
        ("Cu 0.1 M HCl extract; As 1 M HCl extract", "as", "1 M HCl", True),
        ("dry matter", "zn", "aqua regia", None),
        ("dry matter", "zn", "dry matter", True),
        (None, "zn", "aqua regia", None),
    ],
)
def test_only_results_of_the_value_s_own_extraction_compare(
    basis: str | None, contaminant: str, extraction: str | None, expected: bool | None
) -> None:
    assert is_comparable(basis, contaminant, extraction) is expected


def test_every_basis_of_the_registry_is_read_or_names_no_extraction() -> None:
    without = {row.basis for row in registry() if not accepted_by(row.basis, row.contaminant)}
    assert without == {
        "standard soil 10% organic matter, 25% clay; dry matter",
        "Dutch standard soil",
        "dry matter, <2 mm fraction reported to whole sample",
        "dry matter",
        "WHO-TEQ, dry matter",
    }

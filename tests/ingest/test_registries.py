from fractions import Fraction
from pathlib import Path

import pytest

from ingest.registries import Registries, load_registries, parse_factor


def test_reference_files_are_read(registries: Registries) -> None:
    assert len(registries.contaminants) == 144
    assert len(registries.units) == 134
    assert len(registries.flags) == 90
    assert len(registries.source_types) == 59
    lead = next(entry for entry in registries.contaminants if entry.code == "pb")
    assert (lead.cas, lead.symbol, lead.molar_mass) == ("7439-92-1", "Pb", 207.2)
    assert lead.names["zh"] == "铅"
    assert "Blei" in lead.aliases


@pytest.mark.parametrize(
    ("text", "factor", "needs_molar_mass"),
    [
        ("", None, False),
        ("0.001", Fraction(1, 1000), False),
        ("34.2857", Fraction(342857, 10000), False),
        ("molar_mass", Fraction(1), True),
        ("0.001*molar_mass", Fraction(1, 1000), True),
    ],
)
def test_factors_are_exact(text: str, factor: Fraction | None, needs_molar_mass: bool) -> None:
    assert parse_factor(text) == (factor, needs_molar_mass)


def test_missing_folder_is_the_callers_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_registries(tmp_path)

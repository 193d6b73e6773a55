import pytest

from ingest.spread_names import read_spread_name


@pytest.mark.parametrize(
    ("name", "rest", "factor"),
    [
        ("Pb uncertainty (mg/kg)", "Pb (mg/kg)", None),
        ("Pb_unc_%", "Pb_%", None),
        ("u(Pb)", "Pb", 1.0),
        ("U(Pb) [mg/kg]", "Pb [mg/kg]", None),
        ("U(Pb), k=2 [%]", "Pb [%]", 2.0),
        ("Expanded uncertainty of Zn (k = 1.96)", "Zn", 1.96),
        ("standard uncertainty Zn", "Zn", 1.0),
        ("Erweiterte Messunsicherheit Blei [mg/kg] (k=2)", "Blei [mg/kg]", 2.0),
        ("Incertitude élargie", "", None),
        ("Расширенная неопределенность", "", None),
        ("Pb 标准不确定度", "Pb", 1.0),
        ("Pb (µg/g) ±", "Pb (µg/g)", None),
        ("Uncertainty (k=2) [%]", "[%]", 2.0),
    ],
)
def test_words_for_uncertainty_are_taken_off(name: str, rest: str, factor: float | None) -> None:
    found = read_spread_name(name)
    assert found is not None
    assert (found.name, found.factor) == (rest, factor)


@pytest.mark.parametrize("name", ["Pb", "U", "U_Pb", "UN", "k=2", "standard", "value", "unit", ""])
def test_other_names_are_left_alone(name: str) -> None:
    assert read_spread_name(name) is None

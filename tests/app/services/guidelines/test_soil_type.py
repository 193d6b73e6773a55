"""The Dutch correction, with figures worked out by hand from the constants in the law."""

import pytest

from app.services.guidelines.soil_type import corrected
from tests.app.services.guidelines.registry_rows import registry, soil_types


@pytest.mark.parametrize(
    ("contaminant", "clay", "organic_matter", "factor"),
    [
        ("zn", 25.0, 10.0, 1.0),
        ("zn", 10.0, 5.0, (50 + 30 + 7.5) / 140),
        ("zn", 0.0, 0.0, (50 + 6 + 3) / 140),  # at least 2 % each
        ("zn", 60.0, 50.0, (50 + 180 + 75) / 140),  # no upper bound for metals
        ("cd", 10.0, 5.0, (0.4 + 0.07 + 0.105) / (0.4 + 0.175 + 0.21)),
        ("ba", 10.0, 50.0, (30 + 50) / 155),  # organic matter does not count
        ("pcb7_sum", 10.0, 5.0, 0.5),
        ("pcb7_sum", 10.0, 1.0, 0.2),
        ("pcb7_sum", 10.0, 40.0, 3.0),
        ("pah10_vrom_sum", 10.0, 5.0, 1.0),
        ("pah10_vrom_sum", 10.0, 20.0, 2.0),
        ("pah10_vrom_sum", 10.0, 31.0, 3.0),
    ],
)
def test_factor_is_the_law_s(
    contaminant: str, clay: float, organic_matter: float, factor: float
) -> None:
    constants = soil_types().constants.get(contaminant, soil_types().constants["*organic"])
    assert corrected(40.0, constants, clay, organic_matter) == pytest.approx(40.0 * factor)


def test_groups_tell_organic_substances_from_others() -> None:
    rows = [row for row in registry() if row.correction_formula]
    treated = {row.contaminant: soil_types().of(row) for row in rows}
    organic = soil_types().constants["*organic"]
    assert treated["atrazine"] == treated["tph"] == treated["organotin_sum"] == organic
    for code in ("sb", "mo", "tl", "se", "te", "ag", "cyanide_free", "asbestos"):
        assert treated[code] is None, code
    assert treated["pah10_vrom_sum"] not in (None, organic)

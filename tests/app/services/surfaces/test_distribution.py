"""Surfaces of the store as definitions of hotspots see them, and what one cannot say."""

from typing import Any

import pytest

from app.db.models import Surface
from app.errors import Unprocessable
from app.services.surfaces.distribution import distribution_of, refusals, surface_seen
from spatial.errors import NoProbabilityError, SpatialError

_VARIOGRAM = {"fit": {"sill": 1.25}}
_STATED = {"thresholds": [3.0, 20.0]}
_LN = {"name": "ln", "parameters": {}}


def _surface(family: str, **card: Any) -> Surface:
    told = {"family": family, "method": "m", "support": "point"} | card
    return Surface(family=family, card=told)


@pytest.mark.parametrize(
    ("surface", "sill", "transform"),
    [
        (_surface("gaussian", variogram=_VARIOGRAM, transform=_LN), 1.25, ("ln", {})),
        (_surface("none", transform=None, method="inverse_distance"), None, None),
        (_surface("none", variogram=None, method="inverse_distance"), None, None),
        # An indicator's sill says nothing of concentrations.
        (_surface("thresholds", variogram=_VARIOGRAM, distribution=_STATED), None, None),
    ],
)
def test_sill_and_transform_are_those_of_concentrations(
    surface: Surface, sill: float | None, transform: Any
) -> None:
    seen = surface_seen(surface)
    assert (seen.sill, seen.transform, seen.support) == (sill, transform, "point")
    assert seen.distribution.band_names == distribution_of(surface).band_names


def test_what_numerics_refuse_is_an_answer_and_other_faults_stay_faults() -> None:
    weighted = distribution_of(_surface("none", method="inverse_distance"))
    with pytest.raises(NoProbabilityError) as theirs:
        weighted.probability(1.0)
    with pytest.raises(Unprocessable) as ours, refusals():
        weighted.probability(1.0)
    assert ours.value.message == str(theirs.value)
    assert isinstance(ours.value.__cause__, SpatialError)
    with pytest.raises(KeyError), refusals():
        raise KeyError("card")

"""What a place may say."""

from typing import Any

import pytest

from app.errors import InvalidRequest
from app.services.guidelines import Place


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "Name a framework"),
        ({"framework": "X", "land_use": "forest"}, "There are: agricultural, residential"),
        ({"framework": "X", "tier": "worst"}, "There are: background, target"),
        ({"framework": "X", "range_end": "middle"}, "There are: lower, upper"),
        ({"framework": "X", "ph": -0.1}, "ph lies between 0 and 14"),
        ({"framework": "X", "ph": 14.1}, "ph lies between 0 and 14"),
        ({"framework": "X", "ph": float("nan")}, "ph lies between"),
        ({"framework": "X", "clay": 101.0}, "clay lies between 0 and 100"),
        ({"framework": "X", "organic_matter": float("inf")}, "organic_matter lies between"),
        ({"framework": "X", "depth_upper_cm": 30.0, "depth_lower_cm": 30.0}, "must be deeper"),
    ],
)
def test_what_cannot_be_meant_is_refused(known: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        Place(**known).check()


def test_json_of_a_place_leaves_out_what_is_not_known() -> None:
    assert Place(country="NL", ph=0.0).to_json() == {"country": "NL", "ph": 0.0}

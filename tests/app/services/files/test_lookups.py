"""What follows from keys: of each key its own, and of none that was not asked for."""

import pyarrow as pa
import pytest

from app.services.files.lookups import Lookup


def test_values_are_those_of_the_keys() -> None:
    lookup = Lookup([3, 7], {"unit": pa.array(["mg/kg", None])})
    told = lookup.columns(pa.array([7, 3, 3], pa.int64()))
    assert told["unit"].to_pylist() == [None, "mg/kg", "mg/kg"]


@pytest.mark.parametrize("key", [1, 5, 9])
def test_a_key_from_another_moment_has_not_its_neighbours_values(key: int) -> None:
    lookup = Lookup([3, 7], {"unit": pa.array(["mg/kg", "Bq/kg"])})
    with pytest.raises(KeyError, match="1 features"):
        lookup.columns(pa.array([3, key], pa.int64()))

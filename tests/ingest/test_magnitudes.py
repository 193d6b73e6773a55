import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.magnitudes import find_mixture
from ingest.options import ImportOptions
from ingest.pipeline import read_samples
from ingest.registries import Registries
from tests.ingest.conftest import ReadSamples


@settings(deadline=None)
@given(
    st.integers(0, 10**6), st.floats(0.3, 0.7), st.floats(0.2, 0.8), st.sampled_from([1e-3, 1e3])
)
def test_a_thousandfold_mixture_is_found(
    seed: int, spread: float, share: float, factor: float
) -> None:
    random = np.random.default_rng(seed)
    values = np.exp(random.normal(3.0, spread, 200))
    is_other = np.arange(200) < share * 200
    found = find_mixture(np.where(is_other, values * factor, values))
    assert found is not None
    number = int(is_other.sum())
    assert (found.low, found.high) == (
        (number, 200 - number) if factor < 1 else (200 - number, number)
    )


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 2.0))
def test_one_skewed_population_is_no_mixture(seed: int, spread: float) -> None:
    values = np.exp(np.random.default_rng(seed).normal(3.0, spread, 200))
    assert find_mixture(values) is None


def test_a_hotspot_is_no_mixture() -> None:
    values = np.exp(np.random.default_rng(1).normal(3.0, 0.5, 100))
    values[:3] *= 1000
    assert find_mixture(values) is None


@pytest.mark.parametrize("factor", [10.0, 100.0, 1e5])
def test_other_factors_are_not_taken_for_a_thousand(factor: float) -> None:
    values = np.exp(np.random.default_rng(2).normal(3.0, 0.3, 100))
    values[:50] *= factor
    assert find_mixture(values) is None


def test_mixture_is_reported_with_its_laboratories_and_nothing_changed(
    samples_of: ReadSamples,
) -> None:
    rows = []
    for number in range(40):
        value = math.exp(3 + 0.02 * number)
        laboratory, value = ("North", value) if number % 2 else ("South", 1000 * value)
        rows.append(f"5.7{number:02d},50.9,{value:.3f},{laboratory}")
    read = samples_of("lon,lat,lead (mg/kg),laboratory\n" + "\n".join(rows) + "\n")
    remark = next(r for r in read.findings if r.code == "unit_mixture_suspected")
    assert remark.severity == "warning"
    assert "20 values" in remark.message
    assert "all of South lie above it; all of North lie below it" in remark.message
    assert read.counts.accepted == 40
    assert read.results["value"].max() > 10_000


def test_real_sets_are_not_suspected(shared: Path, registries: Registries) -> None:
    path = shared / "data" / "meuse" / "meuse.csv"
    read = read_samples(path, ImportOptions(epsg=28992, unit="mg/kg"), registries)
    assert "unit_mixture_suspected" not in read.finding_counts

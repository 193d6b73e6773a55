"""Local background, against worked figures and a hidden truth."""

import numpy as np
import pytest

from spatial.background import LEAST_COUNTS, background
from spatial.errors import CensoredValuesError, SpatialError, TooFewPlacesError, UnknownNameError

RNG = np.random.default_rng(7)
VALUES = np.exp(RNG.normal(3.0, 0.5, 401))
NOTHING = np.zeros(401, dtype=bool)


def test_mad_is_median_and_deviations_of_ln_values() -> None:
    logs = np.sort(np.log(VALUES))
    median = logs[200]  # 401 values
    deviation = np.sort(np.abs(logs - median))[200]
    found = background(VALUES, NOTHING, "mad")
    assert found.value == pytest.approx(np.exp(median + 2 * 1.4826 * deviation), rel=1e-12)
    # Of a lognormal it is mu + 2 sigma.
    assert np.log(found.value) == pytest.approx(4.0, abs=0.15)
    assert (found.count, found.censored_count) == (401, 0)


@pytest.mark.parametrize(("method", "share"), [("p90", 0.90), ("p95", 0.95)])
def test_percentile_is_the_smallest_value_with_that_share_below(method: str, share: float) -> None:
    expected = np.sort(VALUES)[int(np.ceil(share * 401)) - 1]
    assert background(VALUES, NOTHING, method).value == expected


@pytest.mark.parametrize("method", sorted(LEAST_COUNTS))
def test_limits_far_below_change_nothing(method: str) -> None:
    """A tenth below one limit: all that is asked for lies above it and is known exactly."""
    limit = np.quantile(VALUES, 0.10)
    hidden = limit > VALUES
    found = background(np.where(hidden, limit, VALUES), hidden, method)
    assert found.value == pytest.approx(background(VALUES, NOTHING, method).value, rel=1e-12)
    assert found.censored_count == hidden.sum()


def test_half_below_the_limit_has_a_percentile_and_no_deviation() -> None:
    limit = np.quantile(VALUES, 0.45)
    hidden = limit > VALUES
    censored = np.where(hidden, limit, VALUES)
    assert background(censored, hidden, "p90").value == background(VALUES, NOTHING, "p90").value
    with pytest.raises(CensoredValuesError, match="median deviation depends on the"):
        background(censored, hidden, "mad")


def test_quantile_below_the_limits_is_refused_with_the_remedy() -> None:
    limit = np.quantile(VALUES, 0.93)
    hidden = limit > VALUES
    censored = np.where(hidden, limit, VALUES)
    for method, words in (("mad", "median lies below"), ("p90", "90th percentile lies below")):
        with pytest.raises(CensoredValuesError, match=words):
            background(censored, hidden, method)
    assert background(censored, hidden, "p95").value > limit


def test_two_limits_are_weighed_by_kaplan_meier() -> None:
    values = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
    hidden = np.array([True, True, False, True, False, False, False, False, False, False])
    # Going down, each of 9, 8, … takes one of what is left: 0.9 is met exactly at 8.
    assert background(values, hidden, "p90").value == 8.5


@pytest.mark.parametrize(
    ("values", "hidden", "method", "kind"),
    [
        (VALUES[:9], NOTHING[:9], "mad", TooFewPlacesError),
        (VALUES[:19], NOTHING[:19], "p95", TooFewPlacesError),
        (VALUES, NOTHING, "p99", UnknownNameError),
        (VALUES, ~NOTHING, "p90", CensoredValuesError),
        (np.r_[VALUES[:400], 0.0], NOTHING, "p90", SpatialError),
        (np.r_[VALUES[:400], np.nan], NOTHING, "p90", SpatialError),
        (np.r_[np.full(15, 3.0), VALUES[:5]], NOTHING[:20], "mad", CensoredValuesError),
        (np.full(20, 3.0), NOTHING[:20], "p90", SpatialError),
    ],
)
def test_what_cannot_be_said_is_refused(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    hidden: np.ndarray[tuple[int], np.dtype[np.bool_]],
    method: str,
    kind: type[Exception],
) -> None:
    with pytest.raises(kind):
        background(values, hidden, method)

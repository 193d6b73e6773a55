import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from spatial.errors import InvalidRequestError, InvalidValuesError, TooFewPlacesError
from spatial.mixtures.joint import (
    LEAST_EIGENVALUE,
    expected_number,
    fitted_correlation,
    joint_exceedance,
    sum_of_ratios,
)


def correlation_of(count, own, seed):
    loadings = np.random.default_rng(seed).normal(1.0, 1.0, (count, 2))
    covariance = loadings @ loadings.T + own * np.eye(count)
    spread = np.sqrt(np.diag(covariance))
    return covariance / np.outer(spread, spread)


@pytest.mark.parametrize(("count", "own"), [(2, 0.5), (3, 0.5), (4, 0.5), (4, 0.15), (6, 0.5)])
def test_the_copula_is_what_simulation_finds(count, own):
    """400,000 draws: four standard errors of a probability are at most 0.0032."""
    matrix = correlation_of(count, own, count)
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(count, 12))
    joint = joint_exceedance(ndtr(scores), matrix)
    draws = rng.multivariate_normal(np.zeros(count), matrix, 400_000)
    for cell in range(12):
        exceeds = draws > -scores[:, cell]
        codes = exceeds @ (1 << np.arange(count))
        simulated = np.bincount(codes, minlength=1 << count) / len(draws)
        assert np.abs(joint.combinations[:, cell] - simulated).max() < 0.006 + 0.0032
        numbers = exceeds.sum(axis=1)
        for k in range(1, count + 1):
            assert abs(joint.at_least(k)[cell] - (numbers >= k).mean()) < 0.006 + 0.0032


@pytest.mark.parametrize("r", [-0.9, 0.0, 0.3, 0.95])
def test_even_chances_follow_sheppards_formula(r):
    joint = joint_exceedance([[0.5], [0.5]], [[1.0, r], [r, 1.0]])
    expected = 0.25 + np.arcsin(r) / (2.0 * np.pi)
    assert joint.combinations[:, 0] == pytest.approx(
        [expected, 0.5 - expected, 0.5 - expected, expected], abs=0.002
    )


def test_independent_contaminants_multiply():
    p = np.random.default_rng(3).random((3, 50))
    joint = joint_exceedance(p, np.eye(3))
    assert joint.combinations[0b101] == pytest.approx(p[0] * (1 - p[1]) * p[2], abs=1e-4)
    assert joint.at_least(3) == pytest.approx(p.prod(axis=0), abs=1e-4)


def test_margins_are_the_surfaces_own_and_all_adds_up_to_one():
    p = np.random.default_rng(4).random((4, 10, 20)) ** 2
    joint = joint_exceedance(p, correlation_of(4, 0.3, 5))
    assert joint.combinations.shape == (16, 10, 20)
    assert joint.combinations.sum(axis=0) == pytest.approx(np.ones((10, 20)), abs=1e-5)
    for j in range(4):
        margin = sum(joint.combinations[c] for c in range(16) if c >> j & 1)
        assert np.abs(margin - p[j]).max() < 0.006
    mean = sum(joint.at_least(k) for k in range(1, 5))
    assert np.abs(mean - expected_number(p)).max() < 0.01


def test_certainties_stay_and_what_is_missing_is_missing():
    p = np.array([[0.0, 1.0, 0.5, 1.0], [0.3, 0.3, np.nan, 1.0]])
    joint = joint_exceedance(p, [[1.0, 0.6], [0.6, 1.0]])
    both = joint.combinations[3]
    assert both[[0, 1, 3]] == pytest.approx([0.0, 0.3, 1.0], abs=0.002)
    assert np.isnan(joint.combinations[:, 2]).all()
    assert np.isnan(joint.at_least(1)[2])


def test_the_same_request_gives_the_same_bits():
    p = np.random.default_rng(6).random((3, 40))
    first, second = (joint_exceedance(p, correlation_of(3, 0.5, 1)) for _ in range(2))
    assert np.array_equal(first.combinations, second.combinations)


def test_the_correlation_is_that_of_scores_whatever_the_scale():
    draws = np.random.default_rng(7).multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 4000)
    values = np.column_stack((np.exp(draws[:, 0]), draws[:, 1] ** 3))
    values[::50, 0] = np.nan
    assert fitted_correlation(values).matrix[0, 1] == pytest.approx(0.7, abs=0.03)
    assert fitted_correlation(values).places == 3920
    assert fitted_correlation(values).independence == 0.0
    copies = fitted_correlation(np.column_stack((draws[:, 0], draws[:, 0], draws[:, 1])))
    assert np.linalg.eigvalsh(copies.matrix)[0] == pytest.approx(LEAST_EIGENVALUE)
    assert copies.matrix[0, 1] > 0.97
    # The smallest eigenvalue of copies is 0; mixed with s of independence it is s.
    assert copies.independence == pytest.approx(LEAST_EIGENVALUE)


def test_ties_share_their_rank():
    tied = fitted_correlation(np.column_stack((np.repeat([1.0, 2.0], 10), np.arange(20.0))))
    low = ndtri((5.5 - 0.375) / 20.25)
    scores = ndtri((np.arange(1, 21) - 0.375) / 20.25)
    assert tied.matrix[0, 1] == pytest.approx(np.corrcoef(np.repeat([low, -low], 10), scores)[0, 1])


def test_the_largest_ratio_dominates():
    sums, dominant = sum_of_ratios([[[10.0, 1.0]], [[30.0, 90.0]]], [20.0, 100.0])
    assert sums == pytest.approx(np.array([[0.8, 0.95]]))
    assert dominant.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("p", "matrix", "error", "match"),
    [
        ([[0.5]], [[1.0]], InvalidRequestError, "From 2 to 6"),
        (np.full((7, 1), 0.5), np.eye(7), InvalidRequestError, "got 7"),
        ([[1.5], [0.5]], np.eye(2), InvalidValuesError, "between 0 and 1"),
        ([[0.5], [0.5]], np.eye(3), InvalidValuesError, "rows and columns"),
        ([[0.5], [0.5]], [[1.0, 0.5], [0.4, 1.0]], InvalidValuesError, "symmetric"),
        ([[0.5], [0.5]], [[1.0, 1.0], [1.0, 1.0]], InvalidValuesError, "Leave one"),
    ],
)
def test_what_cannot_be_joined_is_refused(p, matrix, error, match):
    with pytest.raises(error, match=match):
        joint_exceedance(p, matrix)


def test_other_bad_requests_are_refused():
    joint = joint_exceedance([[0.5], [0.5]], np.eye(2))
    for count in (0, 3):
        with pytest.raises(InvalidRequestError, match="from 1 to 2"):
            joint.at_least(count)
    with pytest.raises(TooFewPlacesError, match="Only 9"):
        fitted_correlation(np.ones((9, 2)))
    with pytest.raises(InvalidValuesError, match="all the same"):
        fitted_correlation(np.ones((10, 2)))
    for thresholds in ([1.0], [1.0, 0.0], [1.0, np.inf]):
        with pytest.raises(InvalidRequestError, match="threshold"):
            sum_of_ratios([[1.0], [1.0]], thresholds)
    with pytest.raises(InvalidValuesError, match="one grid"):
        sum_of_ratios([[1.0], [1.0, 2.0]], [1.0, 1.0])

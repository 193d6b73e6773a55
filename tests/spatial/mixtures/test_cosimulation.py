"""The copula of two surfaces against co-simulation by a linear model of coregionalisation.

Two Gaussian fields are made of a structure of short and one of long range; both are sampled at the
same places. Co-simulation draws both fields at once at other places, given all samples of both
(by the Cholesky factor of their joint conditional covariance; Davis 1987). The copula knows each
field's own kriging alone, and the correlation fitted to the samples.
"""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.special import ndtr

from spatial.mixtures.joint import fitted_correlation, joint_exceedance

PLACES, CELLS, DRAWS, WORLDS = 120, 60, 4_000, 12
THRESHOLD = 0.6  # exceeded by 27 % of each field


class Errors(NamedTuple):
    """P minus that of co-simulation, by cell, over all worlds."""

    both: np.ndarray
    either: np.ndarray
    # P of both as if the two were independent.
    independent: np.ndarray


def structures(correlations):
    """Return covariances of two fields: half of the variance short, half long."""
    return [
        (0.5 * np.array([[1.0, r], [r, 1.0]]), range_)
        for r, range_ in zip(correlations, (1.0, 6.0), strict=True)
    ]


def covariance(model, here, there):
    """Return the covariance of both fields at some points with both at others."""
    distance = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
    return sum(np.kron(b, np.exp(-3.0 * distance / range_)) for b, range_ in model)


def world(model, seed):
    """Compare one world: P of both and of either, by the copula and by co-simulation."""
    rng = np.random.default_rng(seed)
    points = rng.random((PLACES + CELLS, 2)) * 10.0
    samples, cells = points[:PLACES], points[PLACES:]
    truth = np.linalg.cholesky(covariance(model, samples, samples) + 1e-9 * np.eye(2 * PLACES))
    values = truth @ rng.standard_normal(2 * PLACES)
    # Co-simulation: all samples of both fields at once.
    known, cross = covariance(model, samples, samples), covariance(model, cells, samples)
    weights = np.linalg.solve(known, cross.T).T
    spread = covariance(model, cells, cells) - weights @ cross.T
    draws = (weights @ values)[:, None] + np.linalg.cholesky(
        spread + 1e-9 * np.eye(2 * CELLS)
    ) @ rng.standard_normal((2 * CELLS, DRAWS))
    above = draws.reshape(2, CELLS, DRAWS) > THRESHOLD
    # The copula: each field kriged by itself, and the samples' correlation.
    chances = []
    for j in range(2):
        own, rows = slice(j * PLACES, (j + 1) * PLACES), slice(j * CELLS, (j + 1) * CELLS)
        alone = np.linalg.solve(known[own, own], cross[rows, own].T).T
        variance = 1.0 - np.einsum("ij,ij->i", alone, cross[rows, own])
        chances.append(ndtr((alone @ values[own] - THRESHOLD) / np.sqrt(variance)))
    fitted = fitted_correlation(values.reshape(2, PLACES).T)
    joint = joint_exceedance(chances, fitted.matrix)
    return Errors(
        joint.combinations[3] - above.all(axis=0).mean(axis=1),
        joint.at_least(1) - above.any(axis=0).mean(axis=1),
        chances[0] * chances[1] - above.all(axis=0).mean(axis=1),
    )


def compare(correlations, worlds=WORLDS):
    model = structures(correlations)
    found = [world(model, seed) for seed in range(worlds)]
    return Errors(*(np.concatenate(part) for part in zip(*found, strict=True)))


def rms(errors):
    return float(np.sqrt(np.mean(errors**2)))


def test_one_correlation_of_all_ranges_is_the_copula():
    """There cokriging is kriging, and the conditional correlation that of the fields."""
    found = compare((0.7, 0.7))
    # A probability counted over 4,000 draws has a standard error of 0.008 at most.
    assert rms(found.both) < 0.02
    assert rms(found.either) < 0.02
    assert abs(found.both.mean()) < 0.01
    assert rms(found.independent) > 3.0 * rms(found.both)


@pytest.mark.parametrize("correlations", [(0.9, 0.2), (0.2, 0.9)])
def test_correlations_that_change_with_range_cost_some(correlations):
    """What docs/methods/mixtures.md states; taking the two as independent would be worse."""
    found = compare(correlations)
    assert rms(found.both) < 0.03
    assert rms(found.either) < 0.05
    assert abs(found.both.mean()) < 0.015
    assert rms(found.independent) > 1.5 * rms(found.both)

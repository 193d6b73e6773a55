"""Both solvers against the textbook system, solved as it stands."""

import numpy as np
import pytest

from spatial.errors import CollinearDriftError, SingularSystemError
from spatial.interpolation.kriging_system import (
    MISSING,
    NO_SOLUTION,
    NO_TREND,
    SOLVED,
    LocalSystems,
    solve_local,
)
from spatial.interpolation.kriging_system_global import factor_global, solve_global


def random_system(size, parts, seed):
    rng = np.random.default_rng(seed)
    places = rng.uniform(0.0, 10.0, (size, 2))
    covariances = np.exp(-np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) / 3.0)
    towards = np.exp(-np.hypot(*(places - 5.0).T) / 3.0)
    trend = np.column_stack([np.ones(size), rng.normal(size=(size, 5))])[:, :parts]
    return (
        covariances,
        towards,
        trend,
        np.append(1.0, rng.normal(size=5))[:parts],
        rng.normal(size=(2, size)),
    )


def textbook(covariances, towards, trend, target, values, variance):
    size, parts = trend.shape
    matrix = np.block([[covariances, trend], [trend.T, np.zeros((parts, parts))]])
    right = np.append(towards, target)
    solution = np.linalg.solve(matrix, right)
    multiplier = solution[size:] @ target
    return variance - solution @ right, multiplier, *(solution[:size] @ values.T)


def local(covariances, towards, trend, target, values, variance, *, room=0):
    size, most = len(towards), len(towards) + room
    between = np.zeros((most, most))
    between[:size, :size] = covariances

    def padded(numbers):
        return np.concatenate([numbers, np.full((room, *numbers.shape[1:]), 7.0)])[np.newaxis]

    return LocalSystems(
        np.array([size]),
        padded(np.diag(covariances)),
        between[np.triu_indices(most, 1)][np.newaxis],
        padded(towards),
        padded(trend),
        target[np.newaxis].copy(),
        np.stack([padded(each) for each in values]),
        np.array([variance]),
    )


@pytest.mark.parametrize("parts", [0, 1, 3, 6])
@pytest.mark.parametrize("room", [0, 4])
def test_solvers_equal_the_textbook(parts, room, close):
    covariances, towards, trend, target, values = random_system(14, parts, parts)
    expected = textbook(covariances, towards, trend, target, values, 1.3)
    found, states = solve_local(local(covariances, towards, trend, target, values, 1.3, room=room))
    assert states.tolist() == [SOLVED]
    close(found[:, 0], expected, 1e-9, "local system")
    system = factor_global(covariances, trend, values[0]).with_data_sets(values)
    close(
        solve_global(system, towards[np.newaxis], target[np.newaxis], 1.3)[:, 0],
        expected,
        1e-9,
        "global system",
    )


def test_cells_say_what_became_of_them():
    covariances, towards, trend, target, values = random_system(6, 3, 1)
    few = local(covariances, towards, trend, target, values, 1.0)._replace(sizes=np.array([2]))
    assert solve_local(few)[1].tolist() == [MISSING]
    same = local(np.ones((6, 6)), towards, trend, target, values, 1.0)
    found, states = solve_local(same)
    assert states.tolist() == [NO_SOLUTION]
    assert np.isnan(found).all()
    trend[:, 2] = 4.0 - 3.0 * trend[:, 1]
    assert solve_local(local(covariances, towards, trend, target, values, 1.0))[1].tolist() == [
        NO_TREND
    ]
    with pytest.raises(CollinearDriftError, match="cannot be told apart"):
        factor_global(covariances, trend, values[0])
    with pytest.raises(SingularSystemError, match="no stable solution"):
        factor_global(np.ones((6, 6)), trend[:, :1], values[0])

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, fisher_exact, kendalltau

from spatial.errors import InvalidRequestError, InvalidValuesError
from spatial.mixtures.pairs import compare_pairs, exceedance_flags, fisher_p_value, kendall_tau_b


def test_fishers_p_value_is_that_of_scipy():
    rng = np.random.default_rng(1)
    tables = [*rng.integers(0, 12, (60, 4)), *rng.integers(0, 900, (20, 4)), np.zeros(4, int)]
    for table in tables:
        expected = fisher_exact(np.reshape(table, (2, 2))).pvalue
        assert fisher_p_value(*map(int, table)) == pytest.approx(expected, rel=1e-8, abs=1e-290)


def test_pairs_are_counted_where_both_are_known():
    flags = np.random.default_rng(2).integers(-1, 2, (300, 4))
    flags[:, 1] = np.where(flags[:, 0] == 1, 1, flags[:, 1])
    names = ["As", "Cd", "Pb", "Zn"]
    pairs = compare_pairs(names, flags)
    assert [(pair.first, pair.second) for pair in pairs] == list(combinations(names, 2))
    for pair in pairs:
        rows = [
            (row[names.index(pair.first)], row[names.index(pair.second)]) for row in flags.tolist()
        ]
        both, either = rows.count((1, 1)), [row for row in rows if -1 not in row]
        first = sum(row[0] for row in either)
        second = sum(row[1] for row in either)
        assert pair.places == len(either)
        assert pair.jaccard == both / (first + second - both)
        assert pair.lift == pytest.approx(
            (both / len(either)) / (first * second / len(either) ** 2)
        )
        counts = [rows.count(kind) + 0.5 for kind in ((1, 1), (0, 0), (1, 0), (0, 1))]
        assert np.exp(pair.log_odds_ratio) == pytest.approx(
            counts[0] * counts[1] / counts[2] / counts[3]
        )
    q = false_discovery_control([pair.p_value for pair in pairs])
    assert [pair.q_value for pair in pairs] == pytest.approx(list(q))
    assert pairs[0].q_value < 1e-6
    assert pairs[-1].q_value > 0.01


def test_what_never_exceeds_has_no_share():
    (pair,) = compare_pairs(["As", "Pb"], [[0, 0], [0, 0]])
    assert (pair.jaccard, pair.lift, pair.p_value) == (None, None, 1.0)
    (pair,) = compare_pairs(["As", "Pb"], [[1, -1], [-1, 0]])
    assert (pair.places, pair.p_value, pair.log_odds_ratio) == (0, 1.0, 0.0)


def test_a_value_at_the_threshold_does_not_exceed_it_and_a_limit_at_it_is_below():
    assert exceedance_flags([3.0, 3.0, 3.1], [False, True, True], 3.0).tolist() == [0, 0, -1]


def by_definition(x, y, x_is, y_is):
    def above(values, censored, i, j):
        if censored[i]:
            return 0
        return int(values[i] >= values[j] if censored[j] else values[i] > values[j])

    total = first = second = 0
    for i, j in combinations(range(len(x)), 2):
        a = above(x, x_is, i, j) - above(x, x_is, j, i)
        b = above(y, y_is, i, j) - above(y, y_is, j, i)
        total, first, second = total + a * b, first + a * a, second + b * b
    return total / np.sqrt(first * second)


@pytest.mark.parametrize("count", [2, 3, 7, 64, 101])
@pytest.mark.parametrize("share", [0.0, 0.4])
def test_kendalls_tau_is_that_of_the_definition(count, share):
    rng = np.random.default_rng(count)
    x = rng.integers(0, 2 * count, count) / 2.0
    y = np.round(x + rng.normal(0.0, count / 2.0, count))
    x[:2], y[:2] = (-1.0, 9e9), (9e9, -1.0)
    x_is, y_is = rng.random((2, count)) < share
    x_is[:2] = y_is[:2] = False
    expected = by_definition(x, y, x_is, y_is)
    assert kendall_tau_b(x, y, x_is, y_is) == pytest.approx(expected, rel=1e-12)
    if share == 0.0:
        assert kendall_tau_b(x, y, x_is, y_is) == pytest.approx(kendalltau(x, y).statistic)


def test_kendalls_tau_of_limits_alone_is_none():
    assert kendall_tau_b([1, 2], [3, 4], [True, True], [False, False]) is None
    assert kendall_tau_b([], [], [], []) is None


@pytest.mark.parametrize(
    ("names", "flags", "error"),
    [
        (["As"], [[1]], InvalidRequestError),
        (["As", "As"], [[1, 1]], InvalidRequestError),
        (["As", "Pb"], [[1, 1, 1]], InvalidValuesError),
        (["As", "Pb"], [[1, 2]], InvalidValuesError),
    ],
)
def test_what_is_no_table_of_flags_is_refused(names, flags, error):
    with pytest.raises(error):
        compare_pairs(names, flags)


def test_bad_values_are_refused():
    with pytest.raises(InvalidRequestError, match="positive"):
        exceedance_flags([1.0], [False], 0.0)
    with pytest.raises(InvalidValuesError, match="measured"):
        kendall_tau_b([np.nan, 1.0], [1.0, 2.0], [False] * 2, [False] * 2)
    with pytest.raises(InvalidValuesError, match="one value"):
        kendall_tau_b([1.0], [1.0, 2.0], [False], [False] * 2)

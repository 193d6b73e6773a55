import numpy as np

from spatial.mixtures.table import tabulate


def test_each_row_holds_the_mean_of_its_results_or_the_largest_limit():
    rng = np.random.default_rng(5)
    rows = [rng.integers(0, 40, 70), rng.integers(0, 40, 25)]
    values = [rng.random(len(row)) for row in rows]
    censored = [rng.random(len(row)) < 0.4 for row in rows]
    table = tabulate(rows, values, censored, 40)
    for j in range(2):
        for row in range(40):
            here = rows[j] == row
            got, silent = table.values[row, j], table.is_censored[row, j]
            if not here.any():
                assert np.isnan(got)
                assert not silent
            elif censored[j][here].all():
                assert (got, silent) == (values[j][here].max(), True)
                assert table.halved[row, j] == got / 2
            else:
                halved = np.where(censored[j], values[j] / 2, values[j])[here]
                assert abs(got - halved.mean()) < 1e-12
                assert not silent

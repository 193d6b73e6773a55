"""What is kept of a surface for maps from afar, held against every cell."""

import numpy as np
import pytest

from spatial.distributions.gaussian import Gaussian
from spatial.distributions.peaks import PEAK_SHARES
from spatial.distributions.realisations import Realisations, realisation_band
from spatial.distributions.thresholds import Thresholds
from spatial.errors import RasterError
from spatial.grids import Grid
from spatial.interpolation.transforms import get_transform
from spatial.peak_levels import PeakFile, write_peaks
from spatial.raster import write_cog

GRID = Grid(0.0, 5330.0, 10.0, 300, 533, 32631)
GAUSSIAN = Gaussian(get_transform("ln"))


def _gaussian_bands():
    rng = np.random.default_rng(5)
    location = rng.normal(4.0, 1.0, GRID.shape)
    location[100:140] = np.nan
    sigma = rng.uniform(0.0, 1.5, GRID.shape)
    sigma[np.isnan(location)] = np.nan
    return {"location": location.astype(np.float32), "sigma": sigma.astype(np.float32)}


def _opened(tmp_path, distribution, bands):
    write_cog(tmp_path / "surface.tif", GRID, bands)
    peaks = distribution.peaks()
    write_peaks(tmp_path / "a.peaks", tmp_path / "surface.tif", GRID, peaks)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.peaks", "surface.tif"]
    return PeakFile.open(tmp_path / "a.peaks", GRID.rows, GRID.columns, len(peaks.bands))


def _of_blocks(probability, factor):
    """The highest of each block, the slow way."""
    rows, columns = (-(-side // factor) for side in GRID.shape)
    padded = np.full((rows * factor, columns * factor), -1.0)
    padded[: GRID.rows, : GRID.columns] = np.nan_to_num(probability, nan=-1.0)
    highest = padded.reshape(rows, factor, columns, factor).max(axis=(1, 3))
    return np.where(highest < 0, np.nan, highest)


def _asked(distribution, threshold, numbers):
    peaks = distribution.peaks()
    quantity = peaks.probability(threshold)
    return quantity.of({name: numbers[peaks.bands.index(name)] for name in quantity.bands})


@pytest.mark.parametrize("threshold", [20.0, 55.0, 150.0, 900.0])
def test_every_threshold_finds_the_highest_probability_of_each_block(tmp_path, threshold):
    bands = _gaussian_bands()
    file = _opened(tmp_path, GAUSSIAN, bands)
    probability = GAUSSIAN.probability(threshold).of(bands)
    for factor in (2, 4, 32, 1024):
        found_factor, numbers = file.level_for(factor)
        assert found_factor == factor
        found, truth = _asked(GAUSSIAN, threshold, numbers), _of_blocks(probability, factor)
        assert (np.isnan(found) == np.isnan(truth)).all()
        known = ~np.isnan(truth)
        for share in PEAK_SHARES:
            # Exact at the shares where classes begin, to the precision the file is kept in.
            clear = known & (np.abs(truth - share) > 1e-5)
            assert ((found >= share) == (truth >= share))[clear].all()
        inner = known & (truth > PEAK_SHARES[0]) & (truth < PEAK_SHARES[-1])
        assert (found[inner] >= truth[inner] - 1e-5).all()  # nothing hides
        assert np.abs(found - truth)[known].max() < 0.15


def test_a_single_cell_in_a_country_is_seen_from_any_height(tmp_path):
    bands = {
        "location": np.full(GRID.shape, 1.0, np.float32),
        "sigma": np.full(GRID.shape, 0.1, np.float32),
    }
    bands["location"][411, 77] = 9.0
    file = _opened(tmp_path, GAUSSIAN, bands)
    for level, numbers in file:
        found = _asked(GAUSSIAN, 500.0, numbers)
        assert np.argwhere(found > 0.99).tolist() == [[411 // level.factor, 77 // level.factor]]
    assert file.level_for(5000)[0] == 8192
    assert _asked(GAUSSIAN, 500.0, file.level_for(5000)[1]) > 0.99


@pytest.mark.parametrize("threshold", [30.0, 61.5, 100.0])
def test_shares_of_realisations_are_exact_at_the_classes(tmp_path, threshold):
    rng = np.random.default_rng(8)
    surface = Realisations(20)
    drawn = rng.lognormal(4.0, 0.5, (20, *GRID.shape)).round().astype(np.float32)
    drawn[:, 7] = np.nan
    bands = {realisation_band(number): drawn[number] for number in range(20)}
    file = _opened(tmp_path, surface, {"median": drawn[0], "mean": drawn[0]} | bands)
    truth = _of_blocks(surface.probability(threshold).of(bands), 4)
    found = _asked(surface, threshold, file.level_for(4)[1])
    assert (np.isnan(found) == np.isnan(truth)).all()
    known = ~np.isnan(truth)
    for share in PEAK_SHARES:
        assert ((found >= share - 1e-9) == (truth >= share - 1e-9))[known].all()


def test_probabilities_at_stated_thresholds_are_kept_as_they_are(tmp_path):
    surface = Thresholds((100.0, 250.5))
    rng = np.random.default_rng(3)
    bands = {name: rng.uniform(0, 1, GRID.shape).astype(np.float32) for name in surface.band_names}
    file = _opened(tmp_path, surface, bands)
    found = _asked(surface, 250.5, file.level_for(8)[1])
    np.testing.assert_array_equal(found, _of_blocks(bands["probability_250.5"], 8))


def test_below_the_domain_everything_known_exceeds():
    maxima = [np.array([1.0, np.nan])] * len(PEAK_SHARES)
    found = GAUSSIAN.peaks().probability(-1.0).calculate(maxima)
    np.testing.assert_array_equal(found, [1.0, np.nan])


def test_what_does_not_fit_is_refused(tmp_path):
    with pytest.raises(RasterError, match="Cannot read"):
        PeakFile.open(tmp_path / "none.peaks", 3, 3, 7)
    (tmp_path / "other.peaks").write_bytes(bytes(8))
    with pytest.raises(RasterError, match="not of this surface"):
        PeakFile.open(tmp_path / "other.peaks", 3, 3, 7)
    with pytest.raises(RasterError, match="from afar"):
        write_peaks(tmp_path / "b.peaks", tmp_path / "none.tif", GRID, GAUSSIAN.peaks())
    assert [path.name for path in tmp_path.iterdir()] == ["other.peaks"]

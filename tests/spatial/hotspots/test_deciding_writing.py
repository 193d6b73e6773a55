"""What lies beside a surface, held against what hotspots say of its cells."""

import numpy as np
import pytest
import rasterio

from spatial.distributions.gaussian import Gaussian
from spatial.distributions.realisations import Realisations
from spatial.distributions.thresholds import Thresholds
from spatial.errors import RasterError
from spatial.grids import Grid
from spatial.hotspots.classes import undecidable_cells
from spatial.hotspots.contract import Evidence, Surface
from spatial.hotspots.deciding_levels import deciding_levels, read_deciding
from spatial.hotspots.deciding_writing import write_deciding
from spatial.hotspots.samples import Samples
from spatial.interpolation.transforms import get_transform
from spatial.raster import read_raster, write_cog

GRID = Grid(0.0, 5330.0, 10.0, 300, 533, 32631)
THRESHOLDS = (0.05, 0.1, 3.0, 20.0, 61.5)
GAUSSIAN = Surface(Gaussian(get_transform("ln")), "point", 1.2, ("ln", {}))
KINDS = {
    "gaussian": GAUSSIAN,
    "blocks": Surface(GAUSSIAN.distribution, "block", 1.2, ("ln", {})),
    "realisations": Surface(Realisations(5), "point", 0.5, ("ln", {})),
    "thresholds": Surface(Thresholds((3.0, 20.0)), "point", None),
}


def _samples(share=0.6):
    rng = np.random.default_rng(11)
    places = rng.random((80, 2)) * [3000.0, 5330.0]
    values = rng.choice([0.1, 3.0, 20.0, 60.0], 80)
    return Samples.of(places, values, rng.random(80) < share)


def _bands(seen):
    rng = np.random.default_rng(5)
    shape = GRID.shape
    drawn = {name: rng.lognormal(3.0, 0.7, shape) for name in seen.distribution.band_names}
    if "sigma" in drawn:
        drawn["sigma"] = rng.uniform(0.5, 1.1, shape)
    for band in drawn.values():
        band[100:140] = np.nan
        band[:, 270:] = np.nan
    return {name: band.astype(np.float32) for name, band in drawn.items()}


def _written(tmp_path, seen, samples, bands=None):
    surface = tmp_path / "surface.tif"
    write_cog(surface, GRID, _bands(seen) if bands is None else bands)
    has_any = write_deciding(tmp_path / "a.limits", surface, GRID, seen, samples, 0.9)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.limits", "surface.tif"]
    assert has_any == bool((tmp_path / "a.limits").stat().st_size)
    return has_any


def _level(tmp_path, number):
    level = deciding_levels(*GRID.shape)[number]
    with rasterio.open(tmp_path / "a.limits", driver="GTiff") as dataset:
        whole = (slice(0, level.rows), slice(0, level.columns))
        return read_deciding(dataset, level, whole)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_threshold_finds_the_cells_that_hotspots_find(tmp_path, kind):
    seen, samples = KINDS[kind], _samples()
    assert _written(tmp_path, seen, samples)
    raster = read_raster(tmp_path / "surface.tif")
    is_known = ~np.isnan(next(iter(raster.bands.values())))
    evidence = Evidence(raster.grid, samples, seen, raster.bands)
    cells = _level(tmp_path, 0)
    assert np.array_equal(np.isnan(cells), ~is_known)
    assert np.isposinf(cells).any() == (kind in {"gaussian", "realisations"})
    for threshold in THRESHOLDS:
        expected = undecidable_cells(evidence, threshold, 0.9) & is_known
        assert np.array_equal(cells > threshold, expected)
        assert (is_known & ~expected).any()


@pytest.mark.parametrize("number", [1, 2, 5, 10])
def test_from_afar_a_cell_is_undecidable_where_all_below_it_are(tmp_path, number):
    _written(tmp_path, GAUSSIAN, _samples())
    cells, found = _level(tmp_path, 0), _level(tmp_path, number)
    factor = 2**number
    padded = np.full([factor * side for side in found.shape], np.nan)
    padded[: GRID.rows, : GRID.columns] = cells
    blocks = padded.reshape(found.shape[0], factor, found.shape[1], factor)
    is_known = ~np.isnan(blocks).all(axis=(1, 3))
    assert np.array_equal(np.isnan(found), ~is_known)
    for threshold in THRESHOLDS:
        all_of_them = ((blocks > threshold) | np.isnan(blocks)).all(axis=(1, 3)) & is_known
        assert np.array_equal(found > threshold, all_of_them)


def test_any_window_is_read_alone(tmp_path):
    _written(tmp_path, GAUSSIAN, _samples())
    level = deciding_levels(*GRID.shape)[1]
    with rasterio.open(tmp_path / "a.limits", driver="GTiff") as dataset:
        part = read_deciding(dataset, level, (slice(120, 131), slice(3, 140)))
    np.testing.assert_array_equal(part[0], _level(tmp_path, 1)[120:131, 3:140])


def test_without_limits_or_variance_the_file_is_empty(tmp_path):
    seen = KINDS["thresholds"]
    assert not _written(tmp_path, seen, _samples(share=0.0))


def test_variance_below_the_share_leaves_the_file_empty(tmp_path):
    bands = _bands(GAUSSIAN)
    bands["sigma"] = np.where(np.isnan(bands["sigma"]), np.nan, np.float32(1.0))
    assert not _written(tmp_path, GAUSSIAN, _samples(share=0.0), bands)


def test_limits_where_nothing_is_known_leave_the_file_empty(tmp_path):
    seen = KINDS["thresholds"]
    samples = Samples.of([[2800.0, 2000.0], [100.0, 2000.0]], [9.0, 9.0], [True, False])
    bands = _bands(seen)
    for band in bands.values():
        band[:, 140:] = np.nan
    assert not _written(tmp_path, seen, samples, bands)


def test_what_cannot_be_read_leaves_nothing(tmp_path):
    with pytest.raises(RasterError, match="can decide"):
        write_deciding(
            tmp_path / "a.limits", tmp_path / "none.tif", GRID, GAUSSIAN, _samples(), 0.9
        )
    assert list(tmp_path.iterdir()) == []

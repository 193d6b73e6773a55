import numpy as np
import pytest
import rasterio
from rio_cogeo import cog_validate

from spatial import raster, whole_files
from spatial.arrays import array_sha256
from spatial.errors import RasterError
from spatial.grids import Grid
from spatial.raster import read_raster, write_cog

GRID = Grid(180000.0, 334000.0, 40.0, 700, 600, 28992)


@pytest.fixture
def bands():
    rng = np.random.default_rng(1)
    median = rng.lognormal(5, 1, GRID.shape)
    median[:50] = np.nan
    return {"median": median, "sigma": rng.uniform(0, 1, GRID.shape)}


def test_cog_comes_back_as_written(tmp_path, bands):
    path = tmp_path / "zinc.tif"
    digest = write_cog(path, GRID, bands, tags={"contaminant": "zn"})
    back = read_raster(path)
    assert back.grid == GRID
    assert list(back.bands) == ["median", "sigma"]
    for name, band in bands.items():
        assert np.array_equal(back.bands[name], band.astype(np.float32), equal_nan=True)
    assert array_sha256(back.bands) == digest
    assert [file.name for file in tmp_path.iterdir()] == ["zinc.tif"]


def test_file_is_cloud_optimized(tmp_path, bands):
    path = tmp_path / "zinc.tif"
    write_cog(path, GRID, bands, tags={"contaminant": "zn"})
    assert cog_validate(path, strict=True, quiet=True) == (True, [], [])
    with rasterio.open(path) as dataset:
        assert dataset.profile["interleave"] == "band"
        assert dataset.block_shapes == [(128, 128)] * 2
        assert dataset.overviews(1) == [2, 4]
        assert dataset.descriptions == ("median", "sigma")
        assert np.isnan(dataset.nodata)
        assert dataset.crs.to_epsg() == 28992
        assert dataset.tags()["contaminant"] == "zn"
        assert tuple(dataset.bounds) == tuple(GRID.bounds)
        # From afar each cell is one real cell, so location and sigma stay a pair.
        overview = dataset.read(2, out_shape=(150, 175))
        assert np.isin(overview, bands["sigma"].astype(np.float32)).all()


def test_a_single_cell_can_be_written(tmp_path):
    grid = Grid(0.0, 10.0, 10.0, 1, 1, 32631)
    write_cog(tmp_path / "one.tif", grid, {"value": np.array([[np.nan]])})
    assert np.isnan(read_raster(tmp_path / "one.tif").bands["value"]).all()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, bands, monkeypatch):
    path = tmp_path / "zinc.tif"
    digest = write_cog(path, GRID, bands)

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_files, "flush_to_disk", full_disk)
    with pytest.raises(RasterError, match=r"Cannot write the raster zinc\.tif: No space left"):
        write_cog(path, GRID, {"median": np.zeros(GRID.shape)})
    assert [file.name for file in tmp_path.iterdir()] == ["zinc.tif"]
    assert array_sha256(read_raster(path).bands) == digest


def test_a_file_that_does_not_come_back_is_refused(tmp_path, bands, monkeypatch):
    wrong = raster.Raster(GRID, {"median": np.zeros(GRID.shape, np.float32)})
    monkeypatch.setattr(raster, "read_raster", lambda _: wrong)
    with pytest.raises(RasterError, match="did not come back as written"):
        write_cog(tmp_path / "zinc.tif", GRID, bands)
    assert not list(tmp_path.iterdir())


def test_bad_rasters_are_refused(tmp_path, bands):
    with pytest.raises(RasterError, match="has shape"):
        write_cog(tmp_path / "a.tif", GRID, {"median": np.zeros((2, 2))})
    with pytest.raises(RasterError, match="at least one band"):
        write_cog(tmp_path / "a.tif", GRID, {})
    with pytest.raises(RasterError, match="missing folder"):
        write_cog(tmp_path / "nowhere" / "a.tif", GRID, bands)
    with pytest.raises(RasterError, match=r"Cannot read the raster a\.tif"):
        read_raster(tmp_path / "a.tif")


def test_wanted_bands_alone_are_read(tmp_path):
    grid = Grid(0.0, 40.0, 40.0, 3, 1, 28992)
    bands = {name: np.full(grid.shape, value) for value, name in enumerate("abc")}
    write_cog(tmp_path / "some.tif", grid, bands)
    found = read_raster(tmp_path / "some.tif", ["c", "a"]).bands
    assert list(found) == ["c", "a"]
    assert found["c"].tolist() == [[2.0, 2.0, 2.0]]
    with pytest.raises(RasterError, match=r"some\.tif lacks a band"):
        read_raster(tmp_path / "some.tif", ["d"])


def test_many_bands_lie_apart_and_are_laid_out_for_reading_in_parts(tmp_path):
    """So that one band of a hundred is read alone; the directories come before the numbers."""
    rng = np.random.default_rng(0)
    bands = {f"b{i}": rng.normal(size=GRID.shape).astype(np.float32) for i in range(9)}
    bands["b3"][:40] = np.nan
    path = tmp_path / "many.tif"
    digest = write_cog(path, GRID, bands, tags={"made": "here"})
    assert [file.name for file in tmp_path.iterdir()] == ["many.tif"]
    with rasterio.open(path) as dataset:
        assert dataset.profile["interleave"] == "band"
        assert dataset.overviews(1) == [2, 4]
        assert dataset.tags()["made"] == "here"
        assert dataset.descriptions[3] == "b3"
        structure = dataset.tags(ns="IMAGE_STRUCTURE")
        assert structure["COMPRESSION"] == "DEFLATE"
        offsets = [
            int(dataset.get_tag_item("IFD_OFFSET", "TIFF", bidx=1, ovr=level))
            for level in (None, 0, 1)
        ]
        first = int(dataset.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    assert max(offsets) < first
    found = read_raster(path, ["b3"]).bands["b3"]
    assert np.array_equal(found, bands["b3"], equal_nan=True)
    assert array_sha256(read_raster(path).bands) == digest
    with rasterio.open(path, overview_level=0) as half:
        # Pictures from afar are taken from these.
        assert set(half.block_shapes) == {(128, 128)}
        small = half.read(4)
    # Nearest: every number of the overview is one of the band's, or missing.
    assert np.isin(small[~np.isnan(small)], bands["b3"]).all()

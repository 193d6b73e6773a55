import numpy as np
import pytest
import shapely

from spatial.distributions.gaussian import Gaussian
from spatial.distributions.realisations import Realisations, realisation_band
from spatial.errors import InvalidRequestError, NoProbabilityError
from spatial.grids import Grid
from spatial.hotspots.block_mean import BlockMean
from spatial.hotspots.contract import Evidence, Surface
from spatial.hotspots.finding import find
from spatial.hotspots.samples import Samples
from spatial.interpolation.transforms import get_transform

GRID = Grid(0.0, 80.0, 10.0, 12, 8, 28992)
DRAWN = Surface(Realisations(200))


@pytest.fixture(scope="module")
def evidence():
    rng = np.random.default_rng(2)
    east = np.arange(12) / 11.0
    drawn = np.exp(2.0 * east + 0.8 * rng.standard_normal((200, 8, 12)))
    drawn[:, 0, 0] = np.nan
    samples = Samples.of([[15.0, 15.0], [100.0, 60.0]], [1.0, 7.0])
    return Evidence(GRID, samples, DRAWN, {realisation_band(i): b for i, b in enumerate(drawn)})


def cells_in(found, confidence):
    spots = [spot.geometry for spot in found.hotspots if spot.reason.confidence == confidence]
    centres = GRID.cell_centres()
    inside = shapely.contains_xy(shapely.union_all(spots), centres[:, 0], centres[:, 1])
    return inside.reshape(GRID.shape)


def test_blocks_are_classified_by_the_mean_of_each_realisation(evidence):
    found = find(BlockMean(4.0, block_size=40.0), evidence)
    drawn = np.array(list(evidence.bands.values()))
    p = np.full(GRID.shape, np.nan)
    for row in (0, 4):
        for column in (0, 4, 8):
            window = np.s_[row : row + 4, column : column + 4]
            means = [np.nanmean(one[window]) for one in drawn]
            p[window] = np.mean(np.array(means) > 4.0)
    p[0, 0] = np.nan
    assert np.array_equal(cells_in(found, "likely"), p >= 0.8)
    assert np.array_equal(cells_in(found, "possible"), (p >= 0.5) & (p < 0.8))
    assert (p >= 0.8).any()
    assert found.notes["from"] == "200 realisations"
    assert 0.0 < found.notes["largest_sampling_error"] < 0.05


def test_each_parcel_is_a_polygon_of_its_own(evidence):
    parcels = (
        shapely.box(90, 0, 110, 80),
        shapely.box(110, 0, 120, 80),
        shapely.box(1, 1, 2, 2),
        shapely.box(0, 0, 20, 20),
    )
    found = find(BlockMean(4.0, parcels=parcels), evidence)
    likely = [spot for spot in found.hotspots if spot.reason.confidence == "likely"]
    assert [spot.geometry.bounds for spot in likely] == [(90, 0, 110, 80), (110, 0, 120, 80)]
    drawn = np.array(list(evidence.bands.values()))
    expected = np.mean(drawn[:, :, 9:11].mean(axis=(1, 2)) > 4.0)
    assert likely[0].cells.mean == pytest.approx(expected)
    assert found.notes["parcels_without_cells"] == 1


def test_a_block_is_undecidable_where_most_of_its_cells_are(evidence):
    samples = Samples.of([[15.0, 15.0], [100.0, 60.0]], [9.0, 7.0], [True, False])
    hidden = Evidence(GRID, samples, DRAWN, evidence.bands)
    silent = cells_in(find(BlockMean(4.0, block_size=40.0), hidden), "undecidable")
    assert silent[4:, :4].all()
    assert not silent[:, 8:].any()


def test_block_kriged_values_answer_by_themselves():
    bands = {"location": np.full(GRID.shape, 9.0), "sigma": np.full(GRID.shape, 2.0)}
    surface = Surface(Gaussian(get_transform("none")), "block", 1.0)
    definition = BlockMean(4.0)
    assert definition.bands(surface) == ("location", "sigma")
    [spot] = find(
        definition, Evidence(GRID, Samples.of([[5.0, 5.0]], [1.0]), surface, bands)
    ).hotspots
    # The variance of a block is not held against the sill of points.
    assert spot.reason.confidence == "likely"


@pytest.mark.parametrize(
    ("changes", "surface", "error", "words"),
    [
        ({}, DRAWN, InvalidRequestError, "state block_size"),
        ({}, Surface(Gaussian(get_transform("ln"))), NoProbabilityError, "method simulation"),
        (
            {"block_size": 40.0},
            Surface(Gaussian(get_transform("none")), "block"),
            InvalidRequestError,
            "blocks of its own",
        ),
    ],
)
def test_surfaces_that_cannot_say_are_refused_with_the_remedy(changes, surface, error, words):
    with pytest.raises(error, match=words):
        BlockMean(4.0, **changes).bands(surface)


def test_contradictions_are_refused():
    square = shapely.box(0, 0, 1, 1)
    with pytest.raises(InvalidRequestError, match="not both"):
        BlockMean(4.0, 10.0, (square,))
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(InvalidRequestError, match="Parcel 2 is no valid polygon"):
        BlockMean(4.0, None, (square, bow_tie))

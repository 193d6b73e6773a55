from itertools import product

import numpy as np
import pytest
import shapely
from scipy.stats import multivariate_normal, norm

from spatial.distributions.estimates import Estimates
from spatial.distributions.thresholds import Thresholds
from spatial.errors import InvalidRequestError, NoProbabilityError, TooFewPlacesError
from spatial.hotspots.coexistence import Coexistence
from spatial.hotspots.contract import Evidence, Part, Surface
from spatial.hotspots.exceedance import Exceedance
from spatial.hotspots.finding import Layer, find, find_on_files
from spatial.hotspots.samples import Samples
from spatial.mixtures.joint import LEAST_EIGENVALUE
from spatial.raster import write_cog
from tests.spatial.hotspots.scenes import GRID, ridge

CENTRES = GRID.cell_centres()
T = (200.0, 60.0, 10.0)


def bands_of(j):
    """Three hills of ln concentrations beside each other, of other heights."""
    hill = np.exp(
        -((CENTRES[:, 0] - 700 - 250 * j) ** 2 + (CENTRES[:, 1] - 1000 - 150 * j) ** 2) / 4e5
    )
    location = (np.log(T[j]) - 1.2 + (2.2, 2.1, 1.25)[j] * hill).reshape(GRID.shape)
    sigma = np.full(GRID.shape, 0.5)
    return {"median": np.exp(location), "location": location, "sigma": sigma}


def scene(count=3, places=None, values=None, is_censored=None, sill=None):
    """Evidence of some contaminants, measured at the same samples unless told otherwise."""
    rng = np.random.default_rng(8)
    if places is None:
        places = rng.random((60, 2)) * [2400.0, 2000.0]
    if values is None:
        common = rng.standard_normal(len(places))
        values = [
            T[j] * np.exp(0.8 * common + 0.6 * rng.standard_normal(len(places)) - 0.5)
            for j in range(count)
        ]
    parts = []
    for j in range(count):
        row = np.flatnonzero(~np.isnan(values[j]))
        censored = np.zeros(len(row), bool) if is_censored is None else is_censored[j][row]
        own = Samples.of(np.asarray(places)[row], values[j][row], censored)
        parts.append(
            Part(Surface(ridge().surface.distribution, "point", sill), bands_of(j), own, row)
        )
    return Evidence(GRID, Samples.of(places, np.zeros(len(places))), parts=tuple(parts))


def chance(j):
    return norm.sf(np.log(T[j]), bands_of(j)["location"], 0.5)


def both(r):
    """P(the first two exceed), from scipy's own integral."""
    z = np.column_stack([norm.ppf(chance(j)).ravel() for j in range(2)])
    return multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf(z).reshape(GRID.shape)


def test_polygons_of_each_class_hold_the_cells_where_both_exceed():
    found = find(Coexistence(T[:2], correlation=0.6), scene(2))
    p = both(0.6)
    assert p.max() > 0.85
    for name, low, high in (
        ("likely", 0.8, 1.1), ("possible", 0.5, 0.8), ("cannot_be_ruled_out", 0.2, 0.5)
    ):  # fmt: skip
        spots = [spot for spot in found.hotspots if spot.reason.confidence == name]
        union = shapely.union_all([spot.geometry for spot in spots])
        inside = shapely.contains_xy(union, CENTRES[:, 0], CENTRES[:, 1]).reshape(GRID.shape)
        # The copula is good to 0.006.
        assert inside[(p >= low + 0.006) & (p < high - 0.006)].all()
        assert not inside[(p < low - 0.006) | (p >= high + 0.006)].any()
        assert {spot.reason.code for spot in spots} == {
            f"coexistence_{name.removeprefix('cannot_be_').replace('ruled_out', 'not_ruled_out')}"
        }


def _cells_of(spot):
    return shapely.contains_xy(spot.geometry, CENTRES[:, 0], CENTRES[:, 1]).reshape(GRID.shape)


def test_every_polygon_tells_its_combinations_and_each_contaminant():
    """Worked out again by 200,000 draws of the copula and from the samples."""
    evidence = scene()
    correlation = [[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]]
    found = find(Coexistence(T, correlation=correlation), evidence)
    draws = np.random.default_rng(2).multivariate_normal(np.zeros(3), correlation, 200_000)
    p = np.stack([chance(j) for j in range(3)])
    assert {spot.reason.confidence for spot in found.hotspots} >= {"likely", "possible"}
    for spot in found.hotspots:
        inside, told = _cells_of(spot), spot.mixture
        expected = np.zeros(8)
        picked = np.flatnonzero(inside.ravel())
        if len(picked) > 150:
            continue  # too many to draw for; smaller ones of every class do
        for cell in picked:
            exceeds = draws > -norm.ppf(p[:, *np.unravel_index(cell, GRID.shape)])
            expected += np.bincount(exceeds @ [1, 2, 4], minlength=8) / len(draws)
        assert told.combinations == pytest.approx(expected / len(picked), abs=0.008)
    for spot in found.hotspots:
        inside, told = _cells_of(spot), spot.mixture
        means = p[:, inside].mean(axis=1)
        assert [one.probability.mean for one in told.contaminants] == pytest.approx(means)
        assert told.expected_number == pytest.approx(means.sum())
        assert sum(told.combinations) == pytest.approx(1.0, abs=1e-5)
        ratios = [np.exp(bands_of(j)["location"][inside]).mean() / T[j] for j in range(3)]
        assert [one.ratio for one in told.contaminants] == pytest.approx(ratios)
        assert told.sum_of_ratios == pytest.approx(sum(ratios))
        assert told.dominant == int(np.argmax(ratios))
        likeliest = set(np.argsort(-means)[:2].tolist())
        assert set(told.listed) == likeliest | set(np.flatnonzero(means >= 0.5).tolist())
        for part, one in zip(evidence.parts, told.contaminants, strict=True):
            east, north = part.samples.coordinates.T
            cell = ((2000.0 - north) // 40).astype(int), (east // 40).astype(int)
            values = part.samples.values[inside[cell]]
            assert one.samples.sample_count == len(values) == spot.samples.sample_count
            assert one.samples.maximum == (values.max() if len(values) else None)


def test_a_driver_is_a_contaminant_without_which_no_cell_stays():
    found = find(Coexistence(T, at_least=2, correlation=0.5), scene())
    p = [chance(j) for j in range(3)]
    seen = set()
    for spot in found.hotspots:
        inside = _cells_of(spot)
        least = {"likely": 0.8, "possible": 0.5, "cannot_be_ruled_out": 0.2}[spot.reason.confidence]
        for j, one in enumerate(spot.mixture.contaminants):
            others = [k for k in range(3) if k != j]
            z = np.column_stack([norm.ppf(p[k][inside]) for k in others])
            pair = multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]).cdf(z)
            low, high = np.mean(pair >= least + 0.006), np.mean(pair >= least - 0.006)
            assert low <= one.remaining_share <= high
            assert one.is_driver == (one.remaining_share == 0.0)
        seen.add(spot.mixture.drivers)
    # Some vanish without one of them, some without none.
    assert () in seen
    assert len(seen) > 1


def test_where_all_have_to_exceed_each_is_a_driver():
    found = find(Coexistence(T[:2], correlation=0.5), scene(2))
    assert {spot.mixture.drivers for spot in found.hotspots} == {(0, 1)}


def test_one_of_one_kind_is_as_its_own_exceedance():
    """P(at least one) of a contaminant and one that never exceeds is P of the first."""
    evidence = scene(2)
    definition = Coexistence((T[0], 1e9), at_least=1, correlation=0.0)
    own = Evidence(
        GRID, evidence.parts[0].samples, evidence.parts[0].surface, evidence.parts[0].bands
    )
    mixed, alone = definition.mark(evidence).kinds, Exceedance(T[0]).mark(own).kinds
    p = chance(0)
    clear = np.min([np.abs(p - edge) for edge in (0.2, 0.5, 0.8)], axis=0) > 0.006
    assert np.array_equal(mixed[clear], alone[clear])


def test_undecidable_is_where_the_class_hangs_on_what_cannot_be_decided():
    """The second contaminant's results in the east lie below a limit above its threshold."""
    rng = np.random.default_rng(4)
    places = rng.random((80, 2)) * [2400.0, 2000.0]
    in_east = places[:, 0] > 1000
    values = [np.full(80, 30.0), np.where(in_east, 500.0, 20.0)]
    censored = [np.zeros(80, bool), in_east]
    evidence = scene(2, places, values, censored)
    found = find(Coexistence(T[:2], correlation=0.5), evidence)
    nearest = np.hypot(*(CENTRES[:, None] - places[None]).transpose(2, 0, 1)).argmin(axis=1)
    hidden = in_east[nearest].reshape(GRID.shape)
    first = chance(0)
    # Without the second there are never two; with it there are where the first exceeds.
    expected = hidden & (first >= 0.2)
    silent = [spot for spot in found.hotspots if spot.reason.confidence == "undecidable"]
    marked = np.any([_cells_of(spot) for spot in silent], axis=0)
    clear = np.abs(first - 0.2) > 0.006
    assert np.array_equal(marked[clear], expected[clear])
    for spot in silent:
        shares = [one.undecided_share for one in spot.mixture.contaminants]
        assert shares == [0.0, 1.0]
        assert [one.remaining_share for one in spot.mixture.contaminants] == [None, None]
        assert spot.mixture.drivers == ()
    # One of one suffices: then the second, unknown, may always be it.
    marked = Coexistence(T[:2], at_least=1, correlation=0.5).mark(evidence)
    assert (marked.kinds[hidden & (first < 0.79)] == 1).all()
    assert (marked.kinds[hidden & (first > 0.81)] == 2).all()


def test_samples_are_held_against_every_threshold():
    nothing = np.nan
    places = np.arange(12.0).reshape(6, 2) * 100.0 + 300.0
    values = [
        np.array([400.0, 400.0, 100.0, 300.0, nothing, 100.0]),
        np.array([90.0, 90.0, 30.0, nothing, nothing, 600.0]),
        np.array([5.0, 40.0, 5.0, 1.0, 40.0, 4.0]),
    ]
    censored = [
        np.array([False, False, False, False, False, True]),
        np.array([False, False, False, False, False, True]),
        np.array([False, True, False, True, False, True]),
    ]
    evidence = scene(3, places, values, censored)
    mixture = Coexistence(T, at_least=2, correlation=0.0).mark(evidence).mixture
    # Largest ratio of what was detected: 400/200, 400/200, 100/200, 300/200, 40/10; the last is
    # below every limit, the largest of which is ten times its threshold.
    assert mixture.samples.values == pytest.approx([2.0, 2.0, 0.5, 1.5, 4.0, 10.0])
    assert mixture.samples.is_censored.tolist() == [False] * 5 + [True]
    # The fourth has one above and one not measured, the fifth one above and two not measured.
    # The last can have lead at most: zinc and the third lie below limits below their thresholds.
    assert mixture.is_undecidable.tolist() == [False, False, False, True, True, False]


def test_the_correlation_is_fitted_where_all_were_measured():
    evidence = scene(2)
    notes = Coexistence(T[:2]).mark(evidence).notes
    told = notes["correlation"]
    values = [part.samples.values for part in evidence.parts]
    # 0.8 of each logarithm's spread is common: 0.64 of its variance of 1.
    assert told["matrix"][0][1] == pytest.approx(np.corrcoef(np.log(values))[0, 1], abs=0.06)
    assert (told["places"], told["independence_mixed_in"]) == (60, 0.0)
    assert "warnings" not in notes
    copies = scene(2, values=[values[0], 3.0 * values[0]])
    notes = Coexistence(T[:2]).mark(copies).notes
    assert notes["correlation"]["matrix"][0][1] == pytest.approx(1 - LEAST_EIGENVALUE, abs=1e-4)
    assert "mixed with 2.0% of independence" in notes["warnings"][0]


def test_too_few_common_places_ask_for_a_stated_correlation():
    rng = np.random.default_rng(1)
    places = rng.random((30, 2)) * 1000.0
    values = [rng.random(30) + 1.0 for _ in range(2)]
    values[0][:12] = np.nan
    values[1][21:] = np.nan
    evidence = scene(2, places, values)
    with pytest.raises(TooFewPlacesError, match=r"Only 9 places .* or state the correlation"):
        Coexistence(T[:2]).mark(evidence)
    assert Coexistence(T[:2], correlation=0.3).mark(evidence).notes["correlation"]["places"] is None


@pytest.mark.parametrize(
    ("thresholds", "given", "words"),
    [
        (T[:1], {}, "2 to 6 contaminants, each with its own threshold; got 1"),
        ((1.0,) * 7, {}, "got 7"),
        (T[:2], {"at_least": 3}, "between 1 and the number of contaminants, 2; got 3"),
        ((1.0, 0.0), {}, "positive number"),
        (T[:2], {"correlation": 1.0}, "one number for all pairs, or 2 lists .* Leave one of them"),
        (T, {"correlation": -0.5}, "state weaker correlations"),
        (T, {"correlation": [[1.0, 0.5], [0.5, 1.0]]}, "3 lists of 3 numbers"),
        (T[:2], {"correlation": [[1.0], [0.5, 1.0]]}, "not made of numbers"),
        (T[:2], {"correlation": [[1.0, np.inf], [np.inf, 1.0]]}, "symmetric"),
    ],
)
def test_what_cannot_be_meant_is_refused(thresholds, given, words):
    with pytest.raises(InvalidRequestError, match=words):
        Coexistence(thresholds, **given)


def test_a_surface_without_a_distribution_is_refused_and_one_without_estimates_is_not():
    good = ridge().surface
    with pytest.raises(NoProbabilityError, match="Build one with method ordinary_kriging"):
        Coexistence(T[:2]).bands_of([good, Surface(Estimates("nearest"))])
    indicator = Surface(Thresholds((T[1],)))
    wanted = Coexistence(T[:2]).bands_of([good, indicator])
    assert wanted[1] == indicator.distribution.probability(T[1]).bands
    evidence = scene(2)
    chance_band = {wanted[1][0]: np.full(GRID.shape, 0.9)}
    part = Part(indicator, chance_band, evidence.parts[1].samples, evidence.parts[1].row)
    mixed = Evidence(GRID, evidence.samples, parts=(evidence.parts[0], part))
    spot = find(Coexistence(T[:2], correlation=0.0), mixed).hotspots[0]
    assert spot.mixture.contaminants[1].ratio is None
    assert spot.mixture.sum_of_ratios is spot.mixture.dominant is None


def test_evidence_and_thresholds_must_go_together():
    with pytest.raises(InvalidRequestError, match="3 thresholds and 2 surfaces"):
        Coexistence(T).mark(scene(2))


def test_files_are_read_over_the_cells_they_share(tmp_path):
    evidence = scene(2)
    layers = []
    for j, (part, columns) in enumerate(zip(evidence.parts, (50, 60), strict=True)):
        grid = type(GRID)(0.0, 2000.0, 40.0, columns, 50, 28992)
        bands = {name: band[:, :columns].astype(np.float32) for name, band in part.bands.items()}
        path = tmp_path / f"{j}.tif"
        write_cog(path, grid, bands)
        layers.append(Layer(["zinc", "lead"][j], path, part.surface, part.samples, part.row))
    definition = Coexistence(T[:2], correlation=0.6)
    whole, found = find(definition, evidence), find_on_files(definition, layers, evidence.samples)
    assert 0 < len(found.hotspots) <= len(whole.hotspots)
    assert max(spot.geometry.bounds[2] for spot in found.hotspots) <= 2000.0
    kinds = {spot.reason.confidence for spot in found.hotspots}
    for name, (mine, all_of) in product(sorted(kinds), [(found, whole)]):
        area = [
            sum(s.geometry.intersection(shapely.box(0, 0, 2000, 2000)).area for s in one.hotspots
                if s.reason.confidence == name)
            for one in (mine, all_of)
        ]  # fmt: skip
        assert area[0] == pytest.approx(area[1], rel=0.02)

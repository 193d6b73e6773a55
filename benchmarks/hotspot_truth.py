"""
Precision, recall and area error of every definition on worlds whose truth is known.

    python -m benchmarks.hotspot_truth [worlds [truth]]

Each definition is held against its own truth. Exceedance: noise-free concentration above T. Block
mean: its mean over the block above T. Clusters and high among high: the plumes add more than half
the background's median. Spikes: single samples that were raised twelvefold. Highest share: the
highest share of noise-free cells. Coexistence: both of two contaminants above T, the second with
geology of its own and three of the five plumes in common. Rates of false discoveries in shuffled
worlds come first (left out with `truth`), then those of worlds with geology and no plumes, which
are told and not bounded.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from shapely.geometry import box

from spatial.distributions.regions import block_means
from spatial.distributions.registry import distribution_of
from spatial.grids import Grid
from spatial.hotspots.contract import Evidence, Part, Surface
from spatial.hotspots.registry import get_definition
from spatial.hotspots.samples import Samples
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.workflow import build_surface
from spatial.synthetic import World, make_world

THRESHOLD, SHARE, CELL, BLOCK = 150.0, 0.1, 200.0, 1000.0


def surface_of(made, method, **more):
    """Build a surface of a world's samples; return the evidence."""
    request = SurfaceRequest(cell_size=CELL, method=method, transform="ln", **more)
    outline = box(0.0, 0.0, made.world.side, made.world.side)
    with ThreadPoolExecutor(2) as executor:
        built = build_surface(
            *made.places.T,
            made.values,
            request,
            28992,
            outline,
            executor,
            is_censored=made.is_censored,
        )
    card = built.card
    transform = card["transform"]
    seen = Surface(
        distribution_of(card),
        card["support"],
        card["variogram"]["fit"]["sill"],
        (transform["name"], transform["parameters"]),
    )
    samples = Samples.of(made.places, made.values, made.is_censored)
    return Evidence(built.grid, samples, seen, built.bands)


def score(tally, name, found, truth):
    """Count cells."""
    tally.setdefault(name, []).append([(found & truth).sum(), found.sum(), truth.sum()])


def marked(name, evidence, classes, threshold=None, codes=None, **parameters):
    """Return the cells of some classes."""
    told = get_definition(name).create(parameters, threshold).mark(evidence)
    wanted = [
        number
        for number, reason in enumerate(told.reasons, start=1)
        if reason.confidence in classes and (codes is None or reason.code in codes)
    ]
    return np.isin(told.kinds, wanted)


def one_world(number, tally):
    """Make a world, find everything in it, score it."""
    made = make_world(World(), np.random.default_rng(1000 + number))
    kriged = surface_of(made, "ordinary_kriging")
    grid = kriged.grid
    centres = grid.cell_centres()
    field = made.concentration(centres).reshape(grid.shape)
    above = field > THRESHOLD
    for classes in (
        ("likely",),
        ("likely", "possible"),
        ("likely", "possible", "cannot_be_ruled_out"),
    ):
        cells = marked("exceedance", kriged, classes, THRESHOLD)
        score(tally, f"exceedance, {' + '.join(classes)}", cells, above)
    drawn = surface_of(made, "simulation", simulations=100)
    side = round(BLOCK / CELL)
    means = block_means(grid, {"realisation_1": field}, BLOCK).means[0]
    blocks = (np.arange(grid.rows) // side)[:, None] * (grid.columns // side) + np.arange(
        grid.columns
    ) // side
    truth = (means > THRESHOLD)[blocks]
    for classes in (("likely",), ("likely", "possible")):
        cells = marked("block-mean", drawn, classes, THRESHOLD, block_size=BLOCK)
        score(tally, f"block-mean, {' + '.join(classes)}", cells, truth)
    added = made.plume(centres).reshape(grid.shape)
    polluted = added > 0.5 * np.median(made.background(centres))
    plain = Evidence(grid, kriged.samples)
    for name, codes in (("getis-ord", None), ("local-moran", ("high_among_high",))):
        cells = marked(name, plain, ("significant",), codes=codes)
        score(tally, f"{name}", cells, polluted)
    highest = field >= np.quantile(field, 1.0 - SHARE)
    score(
        tally,
        "percentile of the surface",
        marked("percentile", kriged, ("highest",), share=SHARE),
        highest,
    )
    score(
        tally,
        "percentile of samples",
        marked("percentile", plain, ("highest",), share=SHARE, of="samples"),
        highest,
    )
    spikes(made, number, grid, tally)


def second_of(made, rng):
    """Return another contaminant at the same places, with three of the first one's plumes."""
    other = make_world(made.world, rng)
    sources = np.concatenate((made.sources[:3], other.sources[3:]))
    second = replace(other, sources=sources, places=made.places)
    noise = np.exp(made.world.nugget * rng.standard_normal(len(made.places)))
    measured = second.concentration(made.places) * noise
    limit = float(np.quantile(measured, made.world.limit_quantile))
    limits = np.where(rng.random(len(measured)) < 0.5, limit, 0.5 * limit)
    is_censored = measured < limits
    return replace(second, values=np.where(is_censored, limits, measured), is_censored=is_censored)


def together(number, tally):
    """Find where two contaminants are above T at once."""
    first = make_world(World(), np.random.default_rng(1000 + number))
    both = (first, second_of(first, np.random.default_rng(7000 + number)))
    kriged = [surface_of(made, "ordinary_kriging") for made in both]
    row = np.arange(len(first.places))
    parts = tuple(Part(one.surface, one.bands, one.samples, row) for one in kriged)
    grid = kriged[0].grid
    truth = np.logical_and.reduce([made.truth(grid, THRESHOLD) for made in both])
    evidence = Evidence(grid, kriged[0].samples, parts=parts)
    definition = get_definition("coexistence").create_joint({}, [THRESHOLD] * 2)
    told = definition.mark(evidence)
    names = [reason.confidence for reason in told.reasons]
    for classes in (
        ("likely",),
        ("likely", "possible"),
        ("likely", "possible", "cannot_be_ruled_out"),
    ):
        cells = np.isin(told.kinds, [names.index(name) + 1 for name in classes])
        score(tally, f"coexistence of two, {' + '.join(classes)}", cells, truth)


def spikes(made, number, grid, tally):
    """Raise some samples far from plumes; local Moran is to find them, counted in samples."""
    rng = np.random.default_rng(number)
    far = np.flatnonzero(made.plume(made.places) < 5.0)
    raised = rng.choice(far, min(6, len(far)), replace=False)
    values = made.values.copy()
    values[raised] *= 12.0
    samples = Samples.of(made.places, values, made.is_censored)
    cells = marked(
        "local-moran", Evidence(grid, samples), ("significant",), codes=("isolated_spike",)
    )
    row = np.clip(((grid.north - made.places[:, 1]) // CELL).astype(int), 0, grid.rows - 1)
    column = np.clip((made.places[:, 0] // CELL).astype(int), 0, grid.columns - 1)
    is_raised = np.zeros(len(values), bool)
    is_raised[raised] = True
    score(tally, "local-moran, isolated spikes (samples)", cells[row, column], is_raised)


def false_rates(worlds):
    """Count worlds with any discovery: shuffled, and with geology but no plumes."""
    grid = Grid(0.0, 10_000.0, 250.0, 40, 40, 28992)
    for kind in ("shuffled", "geology, no plumes"):
        for name, scores in (("getis-ord", "ln"), ("getis-ord", "rank"), ("local-moran", "ln")):
            wrong = share = 0.0
            for number in range(worlds):
                rng = np.random.default_rng(5000 + number)
                made = make_world(replace(World(samples=300), plumes=0), rng)
                order = rng.permutation(300) if kind == "shuffled" else np.arange(300)
                samples = Samples.of(made.places, made.values[order], made.is_censored[order])
                told = get_definition(name).create({"scores": scores}).mark(Evidence(grid, samples))
                count = (
                    told.notes.get("significant_places", 0)
                    + told.notes.get("high_among_high_places", 0)
                    + told.notes.get("isolated_spikes", 0)
                )
                wrong += count > 0
                share += count / 300
            print(
                f"{kind:20} {name:12} {scores:5} worlds with a discovery {wrong / worlds:.3f}"
                f"  places {share / worlds:.4f}  ({worlds} worlds, rate 0.05)",
                flush=True,
            )


def main() -> None:
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    if len(sys.argv) < 3:
        false_rates(200)
    tally: dict[str, list[list[int]]] = {}
    for number in range(worlds):
        one_world(number, tally)
        together(number, tally)
    print(f"\n{worlds} worlds of {World().samples} samples, cells of {CELL:g} m, T = {THRESHOLD:g}")
    for name, rows in tally.items():
        hit, found, true = np.sum(rows, axis=0)
        error = np.mean([abs(f - t) / t for _, f, t in rows if t])
        print(
            f"| {name} | {hit / found if found else float('nan'):.2f} | {hit / true:.2f} | "
            f"{(found - true) / true:+.0%} | {error:.0%} |"
        )


if __name__ == "__main__":
    main()

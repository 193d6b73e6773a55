"""
How fast definitions are: cells to polygons, Gi* and local Moran with false-discovery rates.

    python -m benchmarks.hotspots             # ours
    python -m benchmarks.hotspots esda        # esda, where it is installed (prepare.sh)

One run prints one table; both sides take the same places and values, k = 8, analytic p.
"""

import sys
import time

import numpy as np
from scipy import ndimage


def world(count):
    rng = np.random.default_rng(1)
    places = rng.random((count, 2)) * 1e6
    values = np.exp(4.0 + np.sin(places[:, 0] / 5e4) + 0.7 * rng.standard_normal(count))
    return places, values


def ours(counts):
    from scipy.special import ndtr

    from spatial.hotspots.getis_ord import gi_star
    from spatial.hotspots.local_moran import analytic_p_values, local_moran
    from spatial.hotspots.weights import nearest_neighbours, within_distance
    from spatial.significance import discoveries

    places, values = world(1000)
    nearest_neighbours(places, 8)  # compiled once after installation
    for count in counts:
        places, values = world(count)
        band = 1e6 * np.sqrt(9.0 / (np.pi * count))
        for kind, make in (
            ("8 nearest", lambda p=places: nearest_neighbours(p, 8)),
            ("distance band", lambda p=places, b=band: within_distance(p, b)),
        ):
            start = time.perf_counter()
            weights = make()
            between = time.perf_counter()
            hot = discoveries(ndtr(-gi_star(np.log(values), weights)), 0.05)
            done = time.perf_counter()
            print(
                f"Gi* {count:>8,} {kind:14} {done - start:6.2f} s (weights "
                f"{between - start:.2f} s), {hot.sum():,} significant",
                flush=True,
            )
        start = time.perf_counter()
        weights = nearest_neighbours(places, 8)
        local_moran(np.log(values), weights)
        discoveries(analytic_p_values(np.log(values), weights), 0.05)
        print(f"Moran {count:>8,} 8 nearest {time.perf_counter() - start:6.2f} s", flush=True)


def esdas(counts):
    import warnings

    import esda
    import libpysal

    warnings.simplefilter("ignore")
    for count in counts:
        places, values = world(count)
        start = time.perf_counter()
        weights = libpysal.weights.KNN.from_array(places, k=8)
        between = time.perf_counter()
        hot = esda.G_Local(np.log(values), weights, transform="B", star=True, permutations=0)
        order = np.argsort(hot.p_norm)
        adjusted = hot.p_norm[order] * count / np.arange(1, count + 1)
        np.minimum.accumulate(adjusted[::-1])
        print(
            f"esda Gi* {count:>8,} 8 nearest {time.perf_counter() - start:6.2f} s (weights "
            f"{between - start:.2f} s)",
            flush=True,
        )


def polygons():
    from spatial.distributions.gaussian import Gaussian
    from spatial.grids import Grid
    from spatial.hotspots.contract import Evidence, Surface
    from spatial.hotspots.exceedance import Exceedance
    from spatial.hotspots.finding import find
    from spatial.hotspots.samples import Samples
    from spatial.interpolation.transforms import get_transform

    rng = np.random.default_rng(0)
    grid = Grid(0.0, 1e5, 100.0, 1000, 1000, 28992)
    for smooth in (40, 15):
        field = ndimage.gaussian_filter(rng.standard_normal((1000, 1000)), smooth)
        location = 4.0 + field / field.std()
        bands = {
            "location": location.astype(np.float32),
            "sigma": np.full((1000, 1000), 0.4, np.float32),
        }
        places = rng.random((2000, 2)) * 1e5
        censored = rng.random(2000) < 0.1
        values = np.where(censored, 500.0, 100.0)
        samples = Samples.of(places, values, censored)
        surface = Surface(Gaussian(get_transform("ln")), "point", 1.0)
        best = np.inf
        for _ in range(3):
            start = time.perf_counter()
            found = find(Exceedance(120.0), Evidence(grid, samples, surface, bands))
            best = min(best, time.perf_counter() - start)
        print(
            f"1000 x 1000 cells, {len(found.hotspots)} polygons of all classes with their "
            f"figures: {best:.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    sizes = (100_000, 800_000)
    if sys.argv[1:] == ["esda"]:
        esdas(sizes)
    else:
        polygons()
        ours(sizes)

"""
How fast the joint probability of several contaminants is, and hotspots of it, on a million cells.

    python -m benchmarks.joint
"""

import time

import numpy as np
from scipy.ndimage import gaussian_filter

from spatial.distributions.gaussian import Gaussian
from spatial.grids import Grid
from spatial.hotspots.coexistence import Coexistence
from spatial.hotspots.contract import Evidence, Part, Surface
from spatial.hotspots.finding import find
from spatial.hotspots.samples import Samples
from spatial.interpolation.transforms import get_transform
from spatial.mixtures.joint import joint_exceedance


def surfaces(count, side):
    rng = np.random.default_rng(0)
    smooth = np.stack([gaussian_filter(rng.random((side, side)), 8.0) for _ in range(count)])
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())


def evidence(count, side=1000, samples=5000):
    """Surfaces that share half of their variance; a tenth of the samples lie below a high limit."""
    rng = np.random.default_rng(1)

    def field():
        return 30.0 * gaussian_filter(rng.standard_normal((side, side)), 12.0)

    common, places = field(), rng.random((samples, 2)) * 40.0 * side
    parts = []
    for _ in range(count):
        location = (common + field()).astype(np.float32)
        sigma = np.full((side, side), 0.5, np.float32)
        is_censored = rng.random(samples) < 0.1
        values = np.where(is_censored, 5.0, np.exp(rng.standard_normal(samples)))
        surface = Surface(Gaussian(get_transform("ln")), "point", 4.0)
        bands = {"median": np.exp(location), "location": location, "sigma": sigma}
        own = Samples.of(places, values, is_censored)
        parts.append(Part(surface, bands, own, np.arange(samples)))
    grid = Grid(0.0, 40.0 * side, 40.0, side, side, 28992)
    return Evidence(grid, Samples.of(places, np.zeros(samples)), parts=tuple(parts))


def time_hotspots():
    for count in (2, 4):
        seen, definition = evidence(count), Coexistence((2.0,) * count)
        wall, processor = time.perf_counter(), time.process_time()
        found = find(definition, seen)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(
            f"coexistence of {count}, {len(found.hotspots)} polygons: {wall:.1f} s, "
            f"{processor:.1f} s of the processor",
            flush=True,
        )


def main():
    for count in (2, 3, 4, 6):
        matrix = np.full((count, count), 0.5) + 0.5 * np.eye(count)
        joint_exceedance(surfaces(count, 10), matrix)  # compiled once after installation
        probabilities = surfaces(count, 1000)
        wall, processor = time.perf_counter(), time.process_time()
        joint_exceedance(probabilities, matrix).at_least(2)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(f"{count} contaminants: {wall:.1f} s, {processor:.1f} s of the processor", flush=True)
    time_hotspots()


if __name__ == "__main__":
    main()

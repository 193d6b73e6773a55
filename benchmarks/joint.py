"""
How fast the joint probability of several contaminants is, on a million cells.

    python -m benchmarks.joint
"""

import time

import numpy as np
from scipy.ndimage import gaussian_filter

from spatial.mixtures.joint import joint_exceedance


def surfaces(count, side):
    rng = np.random.default_rng(0)
    smooth = np.stack([gaussian_filter(rng.random((side, side)), 8.0) for _ in range(count)])
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())


def main():
    for count in (2, 3, 4, 6):
        matrix = np.full((count, count), 0.5) + 0.5 * np.eye(count)
        joint_exceedance(surfaces(count, 10), matrix)  # compiled once after installation
        probabilities = surfaces(count, 1000)
        wall, processor = time.perf_counter(), time.process_time()
        joint_exceedance(probabilities, matrix).at_least(2)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(f"{count} contaminants: {wall:.1f} s, {processor:.1f} s of the processor", flush=True)


if __name__ == "__main__":
    main()

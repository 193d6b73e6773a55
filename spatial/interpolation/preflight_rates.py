"""What steps of a surface take, as measured, and what one cell takes by them."""

import math
from itertools import pairwise

from spatial.interpolation.request import SurfaceRequest

# Everything below was measured by `python -m benchmarks.rates` on two shared cores of an AMD EPYC
# (Zen 5) at a load of 2.3 to 3.8, in microseconds of one core; numbers between and beyond the
# measured ones follow the power law of the nearest two.
MEASURED_ON = "two shared cores of an AMD EPYC (Zen 5), load 2.3 to 3.8"
# A machine, or a load, may be this much slower or faster than those cores: seconds are stated
# from a quarter to four times. Memory is counted, not timed.
UNCERTAINTY = 4.0
Rates = dict[int, float]
# A cell by its number of neighbours.
CELL_MICROSECONDS: dict[str, Rates] = {
    "ordinary_kriging": {8: 0.605, 16: 0.91, 32: 1.78, 64: 4.81, 128: 15.3},
    "simple_kriging": {8: 5.65, 16: 15.0, 32: 41.7, 64: 188.0, 128: 831.0},
    "universal_kriging": {8: 4.19, 16: 17.2, 32: 51.9, 64: 230.0, 128: 943.0},
    "block_kriging": {8: 6.22, 16: 20.2, 32: 59.9, 64: 215.0, 128: 929.0},
    "inverse_distance": {8: 0.271, 16: 0.327, 32: 0.433, 64: 0.668, 128: 1.33},
}
# A node of one realisation by its number of neighbours.
SIMULATED_NODE_MICROSECONDS: Rates = {16: 6.36, 32: 20.1, 64: 92.7}
# A cell by the number of all samples, where all are used.
GLOBAL_CELL_MICROSECONDS: dict[str, Rates] = {
    "ordinary_kriging": {100: 2.97, 400: 24.3, 1600: 301.0},
    "universal_kriging": {100: 11.1, 400: 40.1, 1600: 500.0},
    "inverse_distance": {100: 1.10, 400: 3.98, 1600: 11.6},
}
NEAREST_CELL_MICROSECONDS = 2.05
# Median and mean of a cell under each transform.
TRANSFORM_MICROSECONDS = {"none": 0.002, "ln": 0.025, "box_cox": 4.05, "normal_score": 3.22}
# Bringing a cell's bands from a worker's tile to a checked file.
STORING_MICROSECONDS = 2.5
PAIR_MICROSECONDS = 0.0045
# Times the square of the places: one factor and one inverse, by the matrix library.
INVERSE_MICROSECONDS = 3e-5
# Values below detection limits, measured at a load of 5 to 9: drawing one of them for twenty data
# sets in all rounds, beside a variogram of each data set in each round, ...
DRAWN_VALUE_MICROSECONDS = 5_600.0
VARIOGRAMS_OF_A_DRAWING = 400
# ... twice: for the choice of the model, and under the one chosen; under a trend more often.
DRAWINGS, DRAWINGS_UNDER_A_TREND = 2, 6
# A cell from twenty data sets instead of one: 1.1 to 1.9 times by method and neighbours.
POOLED = 1.9
# Ranking combinations for `auto`: each fits a variogram and leaves blocks out, from all samples by
# one inverse for each of so many blocks.
RANKED_COMBINATION_SECONDS = 0.08
RANKED_BLOCKS = 40
LEFT_OUT_MICROSECONDS: Rates = {16: 9.07, 32: 28.4, 64: 114.0}
# Processes start, import and load their kernels: 1.2 to 1.5 s on two shared cores of an Intel Xeon
# at a load of 4, where a surface of few cells takes little else.
START_SECONDS = 2.5
# What the variogram looks at, whatever there is (preparation draws that many places).
MOST_PAIRED_PLACES = 20_000
# A process with its libraries and kernels; samples, tree and tiles are small beside it.
PROCESS_BYTES = 300_000_000
# Bands in float32 as they are put together, and once more as the file is read back and compared;
# beside them one band is turned into bytes and a mask at a time. Measured with 25 million cells:
# 1.3 GB beyond the interpreter in the calling process, 0.34 GB in each of two others.
CELL_BYTES_OF_A_BAND = 4 * 2
CELL_BYTES_BESIDE = 20
CELL_BYTES_OF_A_PROCESS = 14


def cell_microseconds(request: SurfaceRequest, places: int) -> float:
    """
    Estimate what one cell takes one core.

    Parameters
    ----------
    request : SurfaceRequest
        Method and neighbours.
    places : int
        Separate places.

    Returns
    -------
    float
        Microseconds.

    Examples
    --------
    >>> cell_microseconds(SurfaceRequest(cell_size=1.0, neighbours=32), 1_000)
    1.78
    """
    if request.method == "nearest":
        return NEAREST_CELL_MICROSECONDS
    if request.method == "simulation" and request.neighbours:
        return rate(SIMULATED_NODE_MICROSECONDS, request.neighbours) * request.simulations
    repeats = max(1, len(request.thresholds))
    # Methods without a row of their own are solved as universal kriging is.
    plain = "universal_kriging"
    if request.neighbours is None or request.neighbours >= places:
        table = GLOBAL_CELL_MICROSECONDS
        return repeats * rate(table.get(request.method, table[plain]), places)
    rates = CELL_MICROSECONDS.get(request.method, CELL_MICROSECONDS[plain])
    return repeats * rate(rates, request.neighbours)


def rate(rates: Rates, at: int) -> float:
    """
    Read a table of rates between and beyond its entries.

    Parameters
    ----------
    rates : dict of float
        Microseconds by count, in rising order.
    at : int
        The count.

    Returns
    -------
    float
        Microseconds, by the power law through the two nearest entries.
    """
    counts = list(rates)
    low, high = next(
        ((low, high) for low, high in pairwise(counts) if at <= high), (counts[-2], counts[-1])
    )
    power = math.log(rates[high] / rates[low]) / math.log(high / low)
    return float(rates[low] * (max(at, 1) / low) ** power)

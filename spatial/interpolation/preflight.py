"""Before anything runs: about how many cells, how long, how much memory, and a refusal."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from spatial.coordinates import Bounds
from spatial.errors import TooExpensiveError
from spatial.grids import check_cell_count, count_cells, round_up
from spatial.interpolation.registry import get_method
from spatial.interpolation.request import AUTO, SurfaceRequest

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
LEFT_OUT_MICROSECONDS: Rates = {16: 9.07, 32: 28.4, 64: 114.0}
# Processes start, import and load their kernels.
START_SECONDS = 5.0
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


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one surface may cost.

    Parameters
    ----------
    cells : int
        The largest grid.
    seconds : float
        The longest time, as estimated.
    memory : int
        The most memory of all processes together (bytes).
    """

    cells: int
    seconds: float = math.inf
    memory: float = math.inf


@dataclass(frozen=True, slots=True)
class Machine:
    """
    Where it will run.

    Parameters
    ----------
    processes : int
        Processes side by side.
    cores : int
        Cores they share; more processes than cores gain nothing.
    """

    processes: int = 1
    cores: int = 1

    @property
    def speed(self) -> int:
        """How many tiles are really calculated at a time."""
        return max(1, min(self.processes, self.cores))


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What is paid once, and what is paid for every cell.

    Parameters
    ----------
    fixed : float
        Whatever the grid.
    by_cell : float
        For all cells together.
    """

    fixed: float
    by_cell: float

    @property
    def total(self) -> float:
        """Both."""
        return self.fixed + self.by_cell

    def excess(self, limit: float) -> float:
        """
        Return how many times too many the cells are.

        Parameters
        ----------
        limit : float
            What may be paid.

        Returns
        -------
        float
            1 or less where it is allowed, infinity where no grid would be.
        """
        return self.by_cell / (limit - self.fixed) if limit > self.fixed else math.inf


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    About what a surface will cost.

    Parameters
    ----------
    cell_size : float
        Side of a cell (m).
    cells : int
        Cells of the grid, the missing ones counted too.
    certain_extent : Bounds
        What the grid covers at least (m).
    is_extent_known : bool
        Whether the extent is known; where no largest distance is stated it depends on a variogram
        that is not fitted yet.
    seconds : Cost
        Time on the wall.
    memory : Cost
        Memory of all processes together at the worst (bytes).
    parts : dict of float
        Seconds of one core by step.
    """

    cell_size: float
    cells: int
    certain_extent: Bounds
    is_extent_known: bool
    seconds: Cost
    memory: Cost
    parts: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """
        Return the estimate for a caller.

        Returns
        -------
        dict
            Numbers, the range of time, and where the rates come from.
        """
        seconds = self.seconds.total
        return {
            "cells": self.cells,
            "cell_size": self.cell_size,
            "is_extent_known": self.is_extent_known,
            "seconds": round(seconds, 1),
            "seconds_from": round(seconds / UNCERTAINTY, 1),
            "seconds_to": round(seconds * UNCERTAINTY, 1),
            "memory_bytes": round(self.memory.total),
            "core_seconds": {name: round(each, 2) for name, each in self.parts.items()},
            "measured_on": MEASURED_ON,
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """
        Return the estimate for people.

        Returns
        -------
        str
            One sentence.
        """
        seconds = self.seconds.total
        about = "" if self.is_extent_known else "About "
        return (
            f"{about}{self.cells:,} cells of {self.cell_size:g} m, some {_time(seconds)} "
            f"({_time(seconds / UNCERTAINTY)} to {_time(seconds * UNCERTAINTY)}) and "
            f"{self.memory.total / 1e9:.1f} GB of memory."
        )


def estimate_surface(
    request: SurfaceRequest,
    places: int,
    bounds: Bounds,
    outline: Bounds | None = None,
    machine: Machine | None = None,
    censored: int = 0,
) -> Estimate:
    """
    Estimate what a surface costs, from measured rates; nothing is calculated.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    places : int
        Separate places with samples.
    bounds : Bounds
        Their extent (m).
    outline : Bounds, optional
        The extent of the outline (m).
    machine : Machine, optional
        Where it will run; one process on one core unless stated.
    censored : int
        How many places have no more than a detection limit.

    Returns
    -------
    Estimate
        Cells, seconds and memory. Where the extent depends on a range that is not fitted yet, a
        third of the samples' diagonal is taken for it; the grid itself is checked again when the
        range is known.

    Examples
    --------
    >>> estimate = estimate_surface(
    ...     SurfaceRequest(cell_size=1.0, max_distance=50.0), 10_000, Bounds(0, 0, 900, 900)
    ... )
    >>> estimate.cells, 1 < estimate.seconds.total < 60
    (1000000, True)
    """
    if request.method == AUTO:
        # The dearest of what it may settle on; ranking itself is bounded.
        request = replace(request, method="ordinary_kriging")
    where = machine or Machine()
    is_known = request.max_distance is not None
    certain = bounds.buffered(request.max_distance) if request.max_distance else bounds
    likely = certain if is_known else bounds.buffered(bounds.diagonal / 3.0)
    if outline is not None:
        # Where they lie apart, preparation says so; an estimate has nothing to add.
        certain = certain.intersection(outline) or outline
        likely = likely.intersection(outline) or outline
    cells = count_cells(likely, request.cell_size)
    parts = _parts(request, places, cells)
    if censored:
        parts = _with_drawing(parts, request, places, censored)
    of_cells = parts["cells"] / where.speed + parts["file"]
    # A realisation is one piece of work: each process holds the whole grid of its own.
    # nodes, path, keys, normals and values, and four bytes for every neighbouring sample.
    whole = 72 + 4 * (request.neighbours or 0) if request.method == "simulation" else 0
    of_processes = (CELL_BYTES_OF_A_PROCESS + whole) * where.processes
    return Estimate(
        cell_size=request.cell_size,
        cells=cells,
        certain_extent=certain,
        is_extent_known=is_known,
        seconds=Cost(sum(parts.values()) - parts["cells"] - parts["file"], of_cells),
        memory=Cost(
            (where.processes + 1) * PROCESS_BYTES,
            cells * (CELL_BYTES_OF_A_BAND * _bands(request) + CELL_BYTES_BESIDE + of_processes),
        ),
        parts=parts,
    )


def check_affordable(estimate: Estimate, limits: Limits) -> None:
    """
    Refuse what would take too many cells, too long or too much memory, with a way out.

    Parameters
    ----------
    estimate : Estimate
        Of `estimate_surface`.
    limits : Limits
        What is allowed.

    Raises
    ------
    GridTooLargeError
        With a round cell size that would be allowed.
    TooExpensiveError
        With a round cell size, or without one where no grid would be allowed.
    """
    check_cell_count(estimate.certain_extent, estimate.cell_size, limits.cells)
    seconds, memory = estimate.seconds, estimate.memory
    asked = {
        f"some {_time(seconds.total)}; at most {_time(limits.seconds)} are allowed": (
            seconds.excess(limits.seconds)
        ),
        f"{memory.total / 1e9:.1f} GB of memory; at most {limits.memory / 1e9:.1f} are allowed": (
            memory.excess(limits.memory)
        ),
    }
    sentence, excess = max(asked.items(), key=lambda item: item[1])
    if excess <= 1.0:
        return
    if math.isinf(excess):
        raise TooExpensiveError(
            f"The surface would take {sentence}, whatever the size of its cells: take fewer "
            "samples, fewer neighbours or another method.",
            None,
        )
    suggestion = round_up(estimate.cell_size * math.sqrt(excess))
    raise TooExpensiveError(
        f"The surface would take {sentence}. Choose cells of {suggestion:g} m or more, or a "
        "smaller outline.",
        suggestion,
    )


def _bands(request: SurfaceRequest) -> int:
    """
    Count the bands of a surface.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.

    Returns
    -------
    int
        How many.
    """
    families = {
        "none": 1,
        "gaussian": 4,
        "thresholds": len(request.thresholds),
        "realisations": 2 + request.simulations,
    }
    return families[get_method(request.method).family]


def _parts(request: SurfaceRequest, places: int, cells: int) -> dict[str, float]:
    """
    Estimate the seconds of each step on one core.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    places : int
        Separate places.
    cells : int
        Cells of the grid.

    Returns
    -------
    dict of float
        Seconds by step.
    """
    is_plain = get_method(request.method).family == "none"
    transform = 0.0 if is_plain else TRANSFORM_MICROSECONDS[request.transform]
    paired = min(places, MOST_PAIRED_PLACES)
    # From all samples by one inverse for each model, else each from its neighbours.
    left_out = (
        _rate(LEFT_OUT_MICROSECONDS, min(request.neighbours, places))
        if request.neighbours
        else INVERSE_MICROSECONDS * places**2
    )
    microseconds = {
        "variogram": PAIR_MICROSECONDS * paired**2,
        "choice": left_out * places * len(request.models),
        "cells": (cell_microseconds(request, places) + transform) * cells,
        "file": STORING_MICROSECONDS * cells,
    }
    parts = {name: each * 1e-6 for name, each in microseconds.items()}
    return {"start": START_SECONDS} | parts


def _with_drawing(
    parts: dict[str, float], request: SurfaceRequest, places: int, censored: int
) -> dict[str, float]:
    """
    Add what values below detection limits cost.

    Parameters
    ----------
    parts : dict of float
        Seconds of one core by step, without them.
    request : SurfaceRequest
        What was asked for.
    places : int
        Separate places.
    censored : int
        How many of them have no more than a detection limit.

    Returns
    -------
    dict of float
        The same where none are drawn.
    """
    family = get_method(request.method).family
    if request.censoring == "substitution" or family not in {"gaussian", "realisations"}:
        return parts
    drawings = DRAWINGS_UNDER_A_TREND if request.method == "universal_kriging" else DRAWINGS
    pairs = PAIR_MICROSECONDS * min(places, MOST_PAIRED_PLACES) ** 2
    once = DRAWN_VALUE_MICROSECONDS * censored + VARIOGRAMS_OF_A_DRAWING * pairs
    # A realisation is drawn from one data set; a kriged cell from all of them.
    factor = POOLED if family == "gaussian" else 1.0
    return parts | {"cells": factor * parts["cells"], "drawing": drawings * once * 1e-6}


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
        return _rate(SIMULATED_NODE_MICROSECONDS, request.neighbours) * request.simulations
    repeats = max(1, len(request.thresholds))
    # Methods without a row of their own are solved as universal kriging is.
    plain = "universal_kriging"
    if request.neighbours is None or request.neighbours >= places:
        table = GLOBAL_CELL_MICROSECONDS
        return repeats * _rate(table.get(request.method, table[plain]), places)
    rates = CELL_MICROSECONDS.get(request.method, CELL_MICROSECONDS[plain])
    return repeats * _rate(rates, request.neighbours)


def _rate(rates: Rates, at: int) -> float:
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


def _time(seconds: float) -> str:
    """
    Write a time as people say it.

    Parameters
    ----------
    seconds : float
        Any time.

    Returns
    -------
    str
        Seconds, minutes or hours.
    """
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    if seconds < 5400.0:
        return f"{seconds / 60.0:.0f} min"
    return f"{seconds / 3600.0:.1f} h"

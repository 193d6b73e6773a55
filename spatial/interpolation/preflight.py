"""Before anything runs: about how many cells, how long, how much memory, and a refusal."""

import math
from dataclasses import dataclass, replace
from typing import Any

from spatial.coordinates import Bounds
from spatial.errors import TooExpensiveError
from spatial.grids import check_cell_count, count_cells, round_up
from spatial.interpolation.preflight_rates import (
    CELL_BYTES_BESIDE,
    CELL_BYTES_OF_A_BAND,
    CELL_BYTES_OF_A_PROCESS,
    DRAWINGS,
    DRAWINGS_UNDER_A_TREND,
    DRAWN_VALUE_MICROSECONDS,
    INVERSE_MICROSECONDS,
    LEFT_OUT_MICROSECONDS,
    MEASURED_ON,
    MOST_PAIRED_PLACES,
    PAIR_MICROSECONDS,
    POOLED,
    PROCESS_BYTES,
    RANKED_BLOCKS,
    RANKED_COMBINATION_SECONDS,
    START_SECONDS,
    STORING_MICROSECONDS,
    TRANSFORM_MICROSECONDS,
    UNCERTAINTY,
    VARIOGRAMS_OF_A_DRAWING,
    cell_microseconds,
    rate,
)
from spatial.interpolation.registry import get_method
from spatial.interpolation.request import (
    AUTO,
    MOST_RANKED_PLACES,
    RANKED_WITH_PROBABILITIES,
    SurfaceRequest,
)
from spatial.interpolation.transforms import TRANSFORMS


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
    ranking = 0.0
    if request.method == AUTO:
        ranking = _ranking_seconds(request, places)
        # What it settles on most often.
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
    if ranking:
        parts = {"ranking": ranking} | parts
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
        rate(LEFT_OUT_MICROSECONDS, min(request.neighbours, places))
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


def _ranking_seconds(request: SurfaceRequest, places: int) -> float:
    """
    Estimate what the choice of `auto` takes one core.

    Parameters
    ----------
    request : SurfaceRequest
        Neighbours and covariance models.
    places : int
        Separate places.

    Returns
    -------
    float
        Seconds.
    """
    ranked = min(places, MOST_RANKED_PLACES)
    combinations = len(TRANSFORMS) * len(request.models) * len(RANKED_WITH_PROBABILITIES)
    one = (
        rate(LEFT_OUT_MICROSECONDS, min(request.neighbours, ranked)) * ranked
        if request.neighbours
        else INVERSE_MICROSECONDS * ranked**3 * RANKED_BLOCKS
    )
    return combinations * (RANKED_COMBINATION_SECONDS + one * 1e-6)


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

"""The part of the model card about realisations: areas and blocks above thresholds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from spatial.arrays import Float32Array
from spatial.distributions.regions import block_means, exceeding_area
from spatial.interpolation.surface_model import SurfaceModel

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
# P(area above T > A) is given for A of these shares of the area of which the surface speaks.
SHARES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75)


def describe_simulation(
    model: SurfaceModel, bands: Mapping[str, Float32Array], served: int
) -> dict[str, Any]:
    """
    Describe what the realisations say together.

    Parameters
    ----------
    model : SurfaceModel
        The model.
    bands : mapping of str to ndarray
        The finished bands.
    served : int
        Cells of which the surface speaks.

    Returns
    -------
    dict
        How they were drawn, areas above the stated thresholds, means of the blocks asked for.
    """
    request = model.request
    known = "estimated by generalised least squares" if request.mean is None else request.mean
    return {
        "realisations": request.simulations,
        "mean": known,
        "holds_nugget": True,
        "cross_validated": ("ordinary_kriging" if request.mean is None else "simple_kriging"),
        "largest_sampling_error": 0.5 / float(np.sqrt(request.simulations)),
        "areas": [_area(model, bands, served, threshold) for threshold in request.thresholds],
        "blocks": None if request.block_size is None else _blocks(model, bands, request.block_size),
    }


def _area(
    model: SurfaceModel, bands: Mapping[str, Float32Array], served: int, threshold: float
) -> dict[str, Any]:
    """
    Describe the area above one threshold.

    Parameters
    ----------
    model : SurfaceModel
        The model.
    bands : mapping of str to ndarray
        The finished bands.
    served : int
        Cells of which the surface speaks.
    threshold : float
        The guideline value.

    Returns
    -------
    dict
        Quantiles and probabilities; ``areas_m2`` are those of all realisations, sorted, of which
        P(area > A) follows for any A.
    """
    areas = np.sort(exceeding_area(model.grid, bands, threshold))
    whole = served * model.grid.cell_size**2
    return {
        "threshold": threshold,
        "mean_m2": float(areas.mean()),
        "quantiles_m2": {name: float(np.quantile(areas, p)) for name, p in QUANTILES.items()},
        "probabilities": [
            {"area_m2": share * whole, "probability": float(np.mean(areas > share * whole))}
            for share in SHARES
        ],
        "areas_m2": areas.tolist(),
    }


def _blocks(
    model: SurfaceModel, bands: Mapping[str, Float32Array], block_size: float
) -> dict[str, Any]:
    """
    Describe the means of square blocks.

    Parameters
    ----------
    model : SurfaceModel
        The model.
    bands : mapping of str to ndarray
        The finished bands.
    block_size : float
        Side of a block (m).

    Returns
    -------
    dict
        One entry per block with cells, from the north-west row by row.
    """
    grid, found = model.grid, block_means(model.grid, bands, block_size)
    side = round(block_size / grid.cell_size)
    columns = -(-grid.columns // side)
    quantiles = {name: found.quantile(p) for name, p in QUANTILES.items()}
    above = {f"{t:.15g}": found.probability(t) for t in model.request.thresholds}
    expected = found.expected()
    listed = []
    for number in np.flatnonzero(found.cells).tolist():
        row, column = divmod(number, columns)
        west, north = grid.corner(row * side, column * side)
        listed.append(
            {
                "west": west,
                "north": north,
                "cells": int(found.cells[number]),
                "mean": float(expected[number]),
                **{name: float(quantile[number]) for name, quantile in quantiles.items()},
                "probability": {name: float(share[number]) for name, share in above.items()},
            }
        )
    return {"block_size": block_size, "blocks": listed}

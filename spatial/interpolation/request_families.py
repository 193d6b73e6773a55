"""What a request may say of the families thresholds and realisations."""

import math
from typing import TYPE_CHECKING

import numpy as np

from spatial.errors import InvalidRequestError
from spatial.interpolation.registry import METHODS

if TYPE_CHECKING:
    from spatial.interpolation.request import SurfaceRequest


def check_family_options(request: "SurfaceRequest") -> None:
    """
    Refuse options of a family that the method does not have, and those that cannot be.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.

    Raises
    ------
    InvalidRequestError
        With the remedy.
    """
    is_simulated = request.method == "simulation"
    is_indicator = request.method == "indicator_kriging"
    limits = np.asarray(request.thresholds, np.float64)
    if not np.isfinite(limits).all() or (np.diff(limits) <= 0.0).any():
        raise InvalidRequestError("Thresholds must be finite numbers, and rise.")
    if is_indicator and not len(limits):
        raise InvalidRequestError(
            "Indicator kriging needs thresholds: it gives the probability at these and nothing "
            "between them."
        )
    method = METHODS.get(request.method)
    if len(limits) and method is not None and method.family == "none":
        raise InvalidRequestError(
            f"The method {request.method!r} takes no thresholds: it has no probabilities. "
            "'ordinary_kriging', 'indicator_kriging' and 'simulation' take them."
        )
    if request.shares_variogram and not is_indicator:
        raise InvalidRequestError("Only indicator kriging has several variograms to share one.")
    if is_simulated and request.neighbours is None:
        raise InvalidRequestError("A simulation needs a number of neighbours, such as 32.")
    if request.block_size is not None:
        _check_blocks(request, request.block_size)


def _check_blocks(request: "SurfaceRequest", block_size: float) -> None:
    """
    Refuse blocks of another method, or that no whole number of cells fills.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    block_size : float
        Side of a block (m).
    """
    if request.method != "simulation":
        raise InvalidRequestError(
            "Blocks of several cells belong to the method 'simulation'; the block of "
            "'block_kriging' is the cell."
        )
    cells = block_size / request.cell_size
    if not (math.isfinite(cells) and cells >= 1.0 and abs(cells - round(cells)) <= 1e-9 * cells):
        raise InvalidRequestError(
            f"The block size must be a multiple of the cell size ({request.cell_size:g} m); got "
            f"{block_size:g} m."
        )

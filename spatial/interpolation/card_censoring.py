"""The part of the model card about samples below their detection limits."""

from dataclasses import asdict
from typing import Any

import numpy as np

from spatial.arrays import FloatArray
from spatial.interpolation.surface_model import SurfaceModel

RUBIN = "mean of the locations; variance within plus (1 + 1/r) times variance between (Rubin 1987)"
ROUND = "the realisations of the surface go round the completed data sets"
# The sill has settled where it moved by no more than this share over the last rounds.
SETTLED = 0.05
LAST_ROUNDS = 5


def censoring_card(model: SurfaceModel) -> dict[str, Any] | None:
    """
    Describe what became of samples below their detection limits.

    Parameters
    ----------
    model : SurfaceModel
        The model.

    Returns
    -------
    dict or None
        Counts, limits and, where values were drawn, how; None where there are no limits.
    """
    if model.censoring is None:
        return None
    card: dict[str, Any] = {**asdict(model.censoring), "share": model.censoring.share}
    drawn = model.augmented
    if drawn is not None:
        card |= {
            "realisations": len(drawn.completed),
            "pooling": ROUND if model.family == "realisations" else RUBIN,
            "mean_of_field": drawn.mean,
            "sills": drawn.sills.tolist(),
            "is_settled": is_settled(drawn.sills),
        }
    return card


def is_settled(sills: FloatArray) -> bool:
    """
    Tell whether the sill has stopped moving.

    Parameters
    ----------
    sills : ndarray, shape (rounds,)
        The sill after each round.

    Returns
    -------
    bool
        True where it moved by no more than 5 % over the last five rounds.

    Examples
    --------
    >>> is_settled(np.array([1.0, 2.0, 2.0, 2.01, 2.0, 2.0])), is_settled(np.arange(1.0, 9.0))
    (True, False)
    """
    last = sills[-LAST_ROUNDS:]
    return bool(np.ptp(last) <= SETTLED * last[-1])

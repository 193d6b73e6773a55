"""What a surface is asked for, and what comes back."""

import math
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from spatial.arrays import Float32Array
from spatial.errors import InvalidRequestError
from spatial.grids import Grid
from spatial.interpolation.contract import Family, MethodSettings
from spatial.interpolation.covariance import MODEL_NAMES, ModelName, check_model_name
from spatial.interpolation.cross_validation import CrossValidation
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.model_choice import Candidate
from spatial.interpolation.registry import get_method
from spatial.interpolation.transforms import Transform, get_transform
from spatial.interpolation.variogram import EmpiricalVariogram, VariogramFit

MOST_CELLS = 25_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceRequest:
    """
    Everything an analyst may decide about a surface.

    Parameters
    ----------
    cell_size : float
        Side of a cell (m).
    method : str
        A name of `spatial.interpolation.registry.METHODS`.
    transform : str
        A name of `spatial.interpolation.transforms.TRANSFORMS`; methods without a distribution
        do not use it.
    neighbours : int, optional
        How many nearest samples each cell is predicted from; None for all of them.
    models : tuple of str
        Covariance models to choose from by leave-one-out; one name fixes the model.
    lags : int
        Distance classes of the empirical variogram.
    cutoff : float, optional
        Its largest distance (m); a third of the diagonal of the samples' extent when absent.
    max_distance : float, optional
        Cells farther than this from every sample (m) are missing; the practical range of the
        fitted variogram when absent.
    power : float
        Exponent of inverse distance.
    max_cells : int
        A larger grid is refused.
    tile_size : int
        Rows and columns of a tile of work.
    seed : int
        Where a random choice is made (only the places of the variogram of very many samples).

    Examples
    --------
    >>> SurfaceRequest(cell_size=0.0)
    Traceback (most recent call last):
        ...
    spatial.errors.InvalidRequestError: The cell size must be more than 0 m; got 0.0.
    """

    cell_size: float
    method: str = "ordinary_kriging"
    transform: str = "ln"
    neighbours: int | None = 32
    models: tuple[ModelName, ...] = MODEL_NAMES
    lags: int = 15
    cutoff: float | None = None
    max_distance: float | None = None
    power: float = 2.0
    max_cells: int = MOST_CELLS
    tile_size: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        get_method(self.method)
        get_transform(self.transform)
        for model in self.models:
            check_model_name(model)
        if not self.models:
            raise InvalidRequestError("At least one covariance model must be named.")
        _check_positive("The cell size", self.cell_size)
        _check_positive("The power of inverse distance", self.power, unit="")
        if self.cutoff is not None:
            _check_positive("The variogram's cutoff", self.cutoff)
        if self.max_distance is not None:
            _check_positive("The largest distance to a sample", self.max_distance)
        counts = {
            "lags": (self.lags, 3),
            "neighbours": (self.neighbours, 1),
            "tile_size": (self.tile_size, 1),
            "max_cells": (self.max_cells, 1),
            "seed": (self.seed, 0),
        }
        for name, (count, least) in counts.items():
            if count is not None and count < least:
                raise InvalidRequestError(f"{name} must be {least} or more; got {count}.")


def _check_positive(what: str, number: float, unit: str = " m") -> None:
    """
    Refuse a size that is not positive.

    Parameters
    ----------
    what : str
        The beginning of the sentence.
    number : float
        The size.
    unit : str
        What follows the 0.
    """
    if not (math.isfinite(number) and number > 0.0):
        raise InvalidRequestError(f"{what} must be more than 0{unit}; got {number}.")


@dataclass(frozen=True, slots=True)
class SurfaceModel:
    """
    Everything fitted: with it any tile can be calculated anywhere. Picklable.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    grid : Grid
        The cells of the surface.
    outline : shapely geometry or None
        Cells whose centre lies outside are missing.
    transform : Transform
        g of the values.
    places : MergedPlaces
        The samples by place, in concentrations.
    empirical : EmpiricalVariogram
        The variogram's points.
    fit : VariogramFit
        The chosen variogram.
    candidates : tuple of Candidate
        All models tried, best first.
    max_distance : float
        Cells farther than this from every sample (m) are missing.
    warnings : tuple of str
        Sentences for the card.
    fingerprint : str
        Hash of samples and settings: equal models predict equal bits.
    """

    request: SurfaceRequest
    grid: Grid
    outline: BaseGeometry | None
    transform: Transform
    places: MergedPlaces
    empirical: EmpiricalVariogram
    fit: VariogramFit
    candidates: tuple[Candidate, ...]
    max_distance: float
    warnings: tuple[str, ...]
    fingerprint: str

    @property
    def family(self) -> Family:
        """Which distribution the surface has."""
        return get_method(self.request.method).family

    @property
    def settings(self) -> MethodSettings:
        """What the method is told."""
        return MethodSettings(self.fit.model, self.request.neighbours, self.request.power)

    @property
    def cross_validation(self) -> CrossValidation | None:
        """Leave-one-out figures of the chosen model."""
        return self.candidates[0].figures

    @property
    def outline_wkt(self) -> str | None:
        """The outline as text, for the card."""
        return None if self.outline is None else shapely.to_wkt(self.outline, rounding_precision=3)


@dataclass(frozen=True, slots=True)
class SurfaceResult:
    """
    A surface.

    Parameters
    ----------
    grid : Grid
        Where the cells lie.
    bands : dict of ndarray, shape (rows, columns)
        float32 by name, NaN where missing.
    card : dict
        The model card, ready for JSON.
    """

    grid: Grid
    bands: dict[str, Float32Array]
    card: dict[str, Any]

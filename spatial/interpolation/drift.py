"""Trends: polynomials of the coordinates, and covariates known at samples and cells."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, array_sha256, as_coordinates
from spatial.errors import (
    CollinearDriftError,
    InvalidRequestError,
    InvalidValuesError,
    MissingCovariateError,
)
from spatial.grids import Grid

# A part of the trend that keeps less than this of its length beside the others is one of them.
COLLINEAR = 1e-9


class Table(Protocol):
    """Named numbers by place, such as covariates or variances of measurement."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns are called."""
        ...

    @property
    def fingerprint(self) -> str:
        """A hash of all names and numbers."""
        ...

    def at(self, coordinates: FloatArray) -> FloatArray:
        """
        Return the numbers of places.

        Parameters
        ----------
        coordinates : ndarray, shape (m, 2)
            Places.

        Returns
        -------
        ndarray, shape (m, q)
            One row per place; NaN where nothing is known.
        """
        ...


class PlaceTable:
    """
    Numbers known at a list of places, found again by their exact coordinates.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Places, samples and cells together where both are needed.
    columns : mapping of str to array_like, shape (n,)
        The numbers by name.

    Examples
    --------
    >>> table = PlaceTable([[0.0, 1.0], [5.0, 2.0]], {"clay": [0.1, 0.3]})
    >>> table.at(np.array([[5.0, 2.0], [9.0, 9.0]])).tolist()
    [[0.3], [nan]]
    """

    def __init__(self, coordinates: ArrayLike, columns: Mapping[str, ArrayLike]) -> None:
        places = as_coordinates(coordinates)
        if not columns:
            raise InvalidRequestError("A table needs at least one named column.")
        self.names = tuple(columns)
        numbers = np.column_stack([np.asarray(columns[name], np.float64) for name in self.names])
        if len(numbers) != len(places):
            raise InvalidValuesError(
                f"A table needs one row per place: {len(places)} places, {len(numbers)} rows."
            )
        keys, first = np.unique(_keys(places), return_index=True)
        if len(keys) < len(places):
            raise InvalidValuesError(
                f"{len(places) - len(keys)} places are in the table more than once."
            )
        self._keys, self._numbers = keys, numbers[first]

    @property
    def fingerprint(self) -> str:
        """A hash of all names and numbers, whatever the order of the places."""
        columns = dict(zip(self.names, self._numbers.T, strict=True))
        return array_sha256({"places": self._keys.view(np.float64)} | columns)

    def at(self, coordinates: FloatArray) -> FloatArray:
        """
        Return the numbers of places.

        Parameters
        ----------
        coordinates : ndarray, shape (m, 2)
            Places.

        Returns
        -------
        ndarray, shape (m, q)
            NaN for a place that is not in the table.
        """
        keys = _keys(coordinates)
        rows = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        is_known = self._keys[rows] == keys
        return np.where(is_known[:, np.newaxis], self._numbers[rows], np.nan)


def _keys(places: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    """
    Return places as single sortable numbers.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places.

    Returns
    -------
    ndarray of complex128, shape (n,)
        Easting + i northing.
    """
    # Adding 0 makes minus nought nought.
    return np.ascontiguousarray(places + 0.0, np.float64).view(np.complex128)[:, 0]


class GridTable:
    """
    Numbers known on a grid; a place has those of the cell it lies in.

    Parameters
    ----------
    grid : Grid
        The cells.
    bands : mapping of str to ndarray, shape (rows, columns)
        The numbers by name, NaN where missing.

    Examples
    --------
    >>> grid = Grid(west=0.0, north=20.0, cell_size=10.0, columns=2, rows=2, epsg=32631)
    >>> table = GridTable(grid, {"height": np.array([[1.0, 2.0], [3.0, 4.0]])})
    >>> table.at(np.array([[15.0, 5.0], [-1.0, 5.0]])).tolist()
    [[4.0], [nan]]
    """

    def __init__(self, grid: Grid, bands: Mapping[str, ArrayLike]) -> None:
        if not bands:
            raise InvalidRequestError("A table needs at least one named band.")
        self.grid, self.names = grid, tuple(bands)
        self._bands = [np.asarray(bands[name], np.float64) for name in self.names]
        for name, band in zip(self.names, self._bands, strict=True):
            if band.shape != grid.shape:
                raise InvalidValuesError(
                    f"The band {name!r} has the shape {band.shape}, its grid {grid.shape}."
                )

    @property
    def fingerprint(self) -> str:
        """A hash of the grid, and of all names and numbers."""
        bands = dict(zip(self.names, self._bands, strict=True))
        return array_sha256({"grid": np.array(astuple(self.grid), np.float64)} | bands)

    def at(self, coordinates: FloatArray) -> FloatArray:
        """
        Return the numbers of places.

        Parameters
        ----------
        coordinates : ndarray, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        ndarray, shape (m, q)
            NaN outside the grid and in missing cells.
        """
        grid = self.grid
        column = np.floor((coordinates[:, 0] - grid.west) / grid.cell_size)
        row = np.floor((grid.north - coordinates[:, 1]) / grid.cell_size)
        is_inside = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
        rows = np.where(is_inside, row, 0).astype(np.int64)
        columns = np.where(is_inside, column, 0).astype(np.int64)
        return np.column_stack(
            [np.where(is_inside, band[rows, columns], np.nan) for band in self._bands]
        )


@dataclass(frozen=True, slots=True)
class Drift:
    """
    An unknown mean that changes: constant + polynomial of the coordinates + covariates.

    Parameters
    ----------
    degree : int
        0 for a constant, 1 for a plane, 2 for a quadratic surface.
    covariates : Table, optional
        Numbers the mean depends on linearly, known at samples and cells.
    skips_uncovered : bool
        Whether a cell without its covariates is missing (True) or refused (False).

    Examples
    --------
    >>> Drift(degree=1).monomials(np.array([[2.0, 3.0]])).tolist()
    [[1.0, 2.0, 3.0]]
    """

    degree: int = 0
    covariates: Table | None = None
    skips_uncovered: bool = False

    def __post_init__(self) -> None:
        if self.degree not in {0, 1, 2}:
            raise InvalidRequestError(
                f"The degree of a polynomial drift is 0, 1 or 2; got {self.degree}."
            )

    @property
    def size(self) -> int:
        """How many coefficients the trend has."""
        of_covariates = 0 if self.covariates is None else len(self.covariates.names)
        return (1, 3, 6)[self.degree] + of_covariates

    def monomials(self, offsets: FloatArray) -> FloatArray:
        """
        Return the polynomial's parts.

        Parameters
        ----------
        offsets : ndarray, shape (..., 2)
            Coordinates relative to any origin, in any unit.

        Returns
        -------
        ndarray, shape (..., 1, 3 or 6)
            1; east, north; their squares and product.
        """
        east, north = offsets[..., 0], offsets[..., 1]
        parts = [np.ones_like(east)]
        if self.degree >= 1:
            parts += [east, north]
        if self.degree == 2:
            parts += [east * east, east * north, north * north]
        return np.stack(parts, axis=-1)

    def covariates_at(self, coordinates: FloatArray, what: str) -> FloatArray:
        """
        Return the covariates of places.

        Parameters
        ----------
        coordinates : ndarray, shape (m, 2)
            Places.
        what : str
            What the places are, for the sentence.

        Returns
        -------
        ndarray, shape (m, q)
            One row per place.

        Raises
        ------
        MissingCovariateError
            Where one is missing at a sample, or at a cell unless such cells are skipped.
        """
        if self.covariates is None:
            return np.empty((len(coordinates), 0))
        numbers = self.covariates.at(coordinates)
        bad = ~np.isfinite(numbers)
        if bad.any() and not (self.skips_uncovered and what == "cells"):
            worst = self.covariates.names[int(np.argmax(bad.sum(axis=0)))]
            remedy = (
                "leave those samples out or fill the covariate"
                if what == "samples"
                else "fill the covariate, make the area smaller, or let such cells be missing"
            )
            raise MissingCovariateError(
                f"The covariate {worst!r} is missing at {int(bad.any(axis=1).sum())} of "
                f"{len(numbers)} {what}; {remedy}."
            )
        return numbers


@dataclass(frozen=True, slots=True)
class CovariateScaling:
    """
    Covariates relative to their mean and spread at the samples, so that no digits are lost.

    Parameters
    ----------
    centre : ndarray, shape (q,)
        Means.
    spread : ndarray, shape (q,)
        Standard deviations.
    """

    centre: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, numbers: FloatArray, names: tuple[str, ...]) -> "CovariateScaling":
        """
        Return the scaling of the samples' covariates.

        Parameters
        ----------
        numbers : ndarray, shape (n, q)
            Covariates of the samples.
        names : tuple of str
            What they are called.

        Returns
        -------
        CovariateScaling
            Their means and spreads.

        Raises
        ------
        CollinearDriftError
            Where a covariate is the same at every sample.
        """
        spread = numbers.std(axis=0)
        size = np.abs(numbers).max(axis=0, initial=0.0)
        for column, name in enumerate(names):
            if spread[column] <= COLLINEAR * size[column]:
                raise CollinearDriftError(
                    f"The covariate {name!r} is the same at every sample, so its effect cannot be "
                    "told from the mean; leave it out."
                )
        return cls(numbers.mean(axis=0), spread)

    def apply(self, numbers: FloatArray) -> FloatArray:
        """
        Return scaled covariates.

        Parameters
        ----------
        numbers : ndarray, shape (m, q)
            Covariates.

        Returns
        -------
        ndarray, shape (m, q)
            Without unit.
        """
        return (numbers - self.centre) / self.spread

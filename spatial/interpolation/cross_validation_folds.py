"""Leaving samples out: one by one, in k parts, in spatial blocks; for any method."""

import copy
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import InvalidRequestError, TooFewPlacesError
from spatial.interpolation.contract import Interpolator, Prediction


@dataclass(frozen=True, slots=True)
class Folds:
    """
    Which samples are left out together.

    Parameters
    ----------
    scheme : str
        How they were chosen, for the card.
    labels : ndarray of int64, shape (n,)
        The part of each sample, 0 to count − 1; each part is left out once, and samples of part −1
        never.
    """

    scheme: str
    labels: IntArray

    @property
    def count(self) -> int:
        """How many parts there are."""
        return int(self.labels.max()) + 1


def single_folds(count: int) -> Folds:
    """
    Leave every sample out alone.

    Parameters
    ----------
    count : int
        How many samples there are.

    Returns
    -------
    Folds
        As many parts as samples.

    Examples
    --------
    >>> single_folds(3).labels
    array([0, 1, 2])
    """
    return Folds("leave-one-out", np.arange(count, dtype=np.int64))


def random_folds(coordinates: ArrayLike, count: int, seed: int = 0) -> Folds:
    """
    Deal the samples into parts of equal size by chance.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Places of the samples.
    count : int
        How many parts, 2 to n.
    seed : int
        Of the random choice. A sample's part depends on its place, not on its row.

    Returns
    -------
    Folds
        The parts.

    Raises
    ------
    InvalidRequestError
        Where there cannot be so many parts.

    Examples
    --------
    >>> np.bincount(random_folds(np.arange(14.0).reshape(7, 2), 3).labels)
    array([3, 2, 2])
    """
    places = as_coordinates(coordinates)
    if not 2 <= count <= len(places):
        raise InvalidRequestError(
            f"{len(places)} samples cannot be dealt into {count} parts; 2 to {len(places)} can be."
        )
    by_place = np.lexsort((places[:, 1], places[:, 0]))
    shuffled = by_place[np.random.default_rng(seed).permutation(len(places))]
    labels = np.empty(len(places), np.int64)
    labels[shuffled] = np.arange(len(places)) % count
    return Folds(f"{count}-fold", labels)


def block_folds(coordinates: ArrayLike, size: float) -> Folds:
    """
    Leave square blocks of the area out, one at a time.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m).
    size : float
        Side of a block (m), at least the practical range: samples in a smaller block would have
        neighbours that give them away.

    Returns
    -------
    Folds
        One part a block that holds samples; the blocks start at the south-western corner of the
        samples' extent.

    Raises
    ------
    InvalidRequestError
        Where the size is not positive, or one block holds every sample.

    Notes
    -----
    Roberts et al. (2017), Ecography 40: with structure in the data, blocks tell how well places
    far from samples are predicted, and leaving out single samples how well the gaps between them
    are.

    Examples
    --------
    >>> block_folds([[0.0, 0.0], [4.0, 9.0], [11.0, 0.0]], 10.0).labels
    array([0, 0, 1])
    """
    places = as_coordinates(coordinates)
    if not (np.isfinite(size) and size > 0.0):
        raise InvalidRequestError(f"The side of a block must be more than 0 m; got {size}.")
    steps = np.floor((places - places.min(axis=0)) / size).astype(np.int64)
    _, labels = np.unique(steps, axis=0, return_inverse=True)
    if labels.max() == 0:
        raise InvalidRequestError(
            f"One block of {size:,.0f} m holds every sample, so nothing is left to predict it "
            "from; take smaller blocks."
        )
    return Folds(f"blocks of {size:,.0f} m", np.asarray(labels, np.int64).reshape(-1))


def some_folds(folds: Folds, most: int, seed: int = 0) -> Folds:
    """
    Choose some of many parts by chance; samples of the others are never left out.

    Parameters
    ----------
    folds : Folds
        The parts.
    most : int
        How many are left out at most.
    seed : int
        Of the choice.

    Returns
    -------
    Folds
        All of them where they are not more.

    Examples
    --------
    >>> some_folds(single_folds(4), 2).labels
    array([-1, -1,  0,  1])
    """
    if folds.count <= most:
        return folds
    chosen = np.sort(np.random.default_rng(seed).choice(folds.count, most, replace=False))
    renamed = np.full(folds.count, -1, np.int64)
    renamed[chosen] = np.arange(most)
    return Folds(f"{folds.scheme}, {most} of {folds.count}", renamed[folds.labels])


def cross_validate(
    method: Interpolator, coordinates: ArrayLike, values: ArrayLike, folds: Folds
) -> Prediction:
    """
    Predict every part of the samples from the others, the method's settings kept.

    Parameters
    ----------
    method : Interpolator
        Any method; it is copied, and itself not fitted again.
    coordinates : array_like, shape (n, 2)
        Places of the samples.
    values : array_like, shape (n,)
        Their values, on the transformed scale.
    folds : Folds
        The parts.

    Returns
    -------
    Prediction
        One entry per sample, in their order; NaN for those of no part.

    Raises
    ------
    TooFewPlacesError
        Where fewer than two samples are left to predict a part from.

    Notes
    -----
    A method's variogram is not fitted again. σ holds no variance of measurement beyond the nugget;
    a method's own ``leave_one_out`` does.

    Examples
    --------
    >>> from spatial.interpolation.inverse_distance import InverseDistance
    >>> line, values = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], [1.0, 2.0, 3.0]
    >>> cross_validate(InverseDistance(), line, values, single_folds(3)).location
    array([2.2, 2. , 1.8])
    """
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    if folds.labels.shape != numbers.shape:
        raise InvalidRequestError(
            f"There are {len(numbers)} samples, but parts for {len(folds.labels)}."
        )
    result = np.full((3, len(numbers)), np.nan)
    for part in range(folds.count):
        is_out = folds.labels == part
        if np.count_nonzero(~is_out) < 2:
            raise TooFewPlacesError("Fewer than two samples are left to predict the others from.")
        fitted = copy.copy(method).fit(places[~is_out], numbers[~is_out])
        result[:, is_out] = fitted.predict(places[is_out])
    return Prediction(*result)


def distances_to_remaining(coordinates: ArrayLike, folds: Folds) -> FloatArray:
    """
    Return how far each left-out sample is from the nearest one that stays.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m).
    folds : Folds
        The parts.

    Returns
    -------
    ndarray, shape (n,)
        Metres. Compared with the distances from a surface's cells to their nearest sample it says
        what the figures speak for (Milà et al. 2022, Methods in Ecology and Evolution 13).

    Examples
    --------
    >>> distances_to_remaining([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]], single_folds(3))
    array([1., 1., 4.])
    """
    places = as_coordinates(coordinates)
    result = np.full(len(places), np.nan)
    for part in range(folds.count):
        is_out = folds.labels == part
        result[is_out] = scipy.spatial.cKDTree(places[~is_out]).query(places[is_out])[0]
    return result

"""The value of the nearest sample: the simplest baseline."""

from typing import Self

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import TooFewPlacesError
from spatial.interpolation.contract import Family, MethodSettings, Prediction

# So many samples at one smallest distance are told apart; more are not met off a lattice.
MOST_TIES = 4


class NearestSample:
    """
    Every place has the value of the sample nearest to it (Thiessen 1911).

    There is no model behind it, so there is no sigma and no probability. Where several samples are
    equally near, the one farthest west counts, of these the one farthest south: the order of the
    samples changes nothing.

    Examples
    --------
    >>> method = NearestSample().fit([[0, 0], [3, 0]], [1.0, 4.0])
    >>> method.predict([[1, 0], [1.5, 0], [2, 0]]).location
    array([1., 1., 4.])
    """

    family: Family = "none"

    def fit(self, coordinates: ArrayLike, values: ArrayLike) -> Self:
        """
        Take the samples.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m), no two the same.
        values : array_like, shape (n,)
            One value per place.

        Returns
        -------
        Self
            The fitted method.

        Raises
        ------
        TooFewPlacesError
            Where there are fewer than two places.
        """
        places = as_coordinates(coordinates)
        numbers = as_values(values, len(places))
        if len(numbers) < 2:
            raise TooFewPlacesError("The nearest sample needs at least two places.")
        # From west to east, so that the smallest index settles a tie.
        self.order_ = np.lexsort((places[:, 1], places[:, 0]))
        self.coordinates_, self.values_ = places[self.order_], numbers[self.order_]
        self._tree = scipy.spatial.cKDTree(self.coordinates_)
        return self

    def predict(self, coordinates: ArrayLike) -> Prediction:
        """
        Predict at places.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        Prediction
            Locations; sigma and the multiplier are NaN.
        """
        return _without_sigma(self.values_[self._nearest(as_coordinates(coordinates), 0)])

    def leave_one_out(self, rows: IntArray | None = None) -> Prediction:
        """
        Predict each sample from the others.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        Prediction
            Locations; sigma and the multiplier are NaN.
        """
        location = np.empty(len(self.values_))
        location[self.order_] = self.values_[self._nearest(self.coordinates_, 1)]
        return _without_sigma(location if rows is None else location[rows])

    def _nearest(self, places: FloatArray, skipped: int) -> IntArray:
        """
        Return the nearest samples.

        Parameters
        ----------
        places : ndarray, shape (m, 2)
            Where to look from (m).
        skipped : int
            1 where each place is itself a sample, in order, that does not count.

        Returns
        -------
        ndarray of int64, shape (m,)
            Indices of samples.
        """
        ranks = np.arange(1, min(MOST_TIES + skipped, len(self.values_)) + 1)
        found = self._tree.query(places, k=ranks)
        distance, index = np.asarray(found[0], np.float64), np.asarray(found[1], np.int64)
        if skipped:
            distance = np.where(index == np.arange(len(places))[:, np.newaxis], np.inf, distance)
        is_nearest = distance == distance.min(axis=1, keepdims=True, initial=np.inf)
        return np.asarray(np.where(is_nearest, index, len(self.values_)).min(axis=1), np.int64)


def _without_sigma(location: FloatArray) -> Prediction:
    """
    Return a prediction that claims nothing of its uncertainty.

    Parameters
    ----------
    location : ndarray, shape (m,)
        Predicted values.

    Returns
    -------
    Prediction
        With NaN beside the locations.
    """
    return Prediction(location, np.full_like(location, np.nan), np.full_like(location, np.nan))


def from_settings(settings: MethodSettings) -> NearestSample:
    """
    Make the method, which has no settings.

    Parameters
    ----------
    settings : MethodSettings
        Not used.

    Returns
    -------
    NearestSample
        Not yet fitted.
    """
    del settings
    return NearestSample()

"""How far apart places are: on a plane, or on the sphere along a chord or a great circle."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, as_coordinates
from spatial.errors import InvalidCoordinatesError, InvalidRequestError
from spatial.interpolation.covariance import VariogramModel

# Mean radius of the Earth (m), IUGG.
EARTH_RADIUS = 6_371_008.8
# The largest smoothness of a Matérn model that is valid along great circles.
SMOOTHEST_ON_CIRCLES = 0.5


class Metric(Protocol):
    """
    A distance, and points in a straight space whose order of distances is the same.

    The neighbours are searched among the points of ``embed``; covariances use ``between``.
    """

    is_planar: ClassVar[bool]

    def embed(self, coordinates: ArrayLike) -> FloatArray:
        """
        Check places and return points of a straight space.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Places.

        Returns
        -------
        ndarray, shape (n, d)
            Points whose straight distances are in the order of the distances.
        """
        ...

    def between(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """
        Return distances of embedded points.

        Parameters
        ----------
        first : ndarray, shape (..., d)
            Embedded points.
        second : ndarray, shape (..., d)
            Embedded points; leading axes are broadcast.

        Returns
        -------
        ndarray
            Metres.
        """
        ...

    def straight(self, distance: float) -> float:
        """
        Return the straight distance of the embedding that belongs to a distance.

        Parameters
        ----------
        distance : float
            Metres.

        Returns
        -------
        float
            For a search within a radius.
        """
        ...

    def check(self, variogram: VariogramModel) -> None:
        """
        Refuse a model that is no covariance under this distance.

        Parameters
        ----------
        variogram : VariogramModel
            The model.
        """
        ...


def _straight_distance(first: FloatArray, second: FloatArray) -> FloatArray:
    """
    Return Euclidean distances along the last axis.

    Parameters
    ----------
    first : ndarray, shape (..., d)
        Points.
    second : ndarray, shape (..., d)
        Points.

    Returns
    -------
    ndarray
        Distances.
    """
    # Axis by axis and in one order: the bits do not depend on how many are asked for.
    squares = (first[..., 0] - second[..., 0]) ** 2
    for axis in range(1, first.shape[-1]):
        squares = squares + (first[..., axis] - second[..., axis]) ** 2
    return np.asarray(np.sqrt(squares), np.float64)


@dataclass(frozen=True, slots=True)
class Planar:
    """
    Straight distance between eastings and northings.

    Examples
    --------
    >>> plane = Planar()
    >>> places = plane.embed([[0.0, 0.0], [3.0, 4.0]])
    >>> float(plane.between(places[0], places[1]))
    5.0
    """

    is_planar: ClassVar[bool] = True

    def embed(self, coordinates: ArrayLike) -> FloatArray:
        """
        Return the places themselves.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m).

        Returns
        -------
        ndarray, shape (n, 2)
            The same.
        """
        return as_coordinates(coordinates)

    def between(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """
        Return straight distances.

        Parameters
        ----------
        first : ndarray, shape (..., 2)
            Places (m).
        second : ndarray, shape (..., 2)
            Places (m).

        Returns
        -------
        ndarray
            Metres.
        """
        return _straight_distance(first, second)

    def straight(self, distance: float) -> float:
        """
        Return the distance itself.

        Parameters
        ----------
        distance : float
            Metres.

        Returns
        -------
        float
            Metres.
        """
        return distance

    def check(self, variogram: VariogramModel) -> None:
        """
        Accept every model: all are covariances on a plane.

        Parameters
        ----------
        variogram : VariogramModel
            The model.
        """


def unit_vectors(coordinates: ArrayLike) -> FloatArray:
    """
    Return places of the globe as unit vectors; there is no seam and no pole among them.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Longitudes (-180 to 360) and latitudes (-90 to 90) in degrees.

    Returns
    -------
    ndarray, shape (n, 3)
        Vectors of length 1.

    Raises
    ------
    InvalidCoordinatesError
        Where a number is not a longitude or a latitude.

    Examples
    --------
    >>> unit_vectors([[180.0, 0.0], [-180.0, 0.0], [77.0, 90.0]]).round(12) + 0.0
    array([[-1.,  0.,  0.],
           [-1.,  0.,  0.],
           [ 0.,  0.,  1.]])
    """
    degrees = as_coordinates(coordinates)
    longitude, latitude = degrees[:, 0], degrees[:, 1]
    bad = (longitude < -180.0) | (longitude > 360.0) | (np.abs(latitude) > 90.0)
    if bad.any():
        raise InvalidCoordinatesError(
            f"{int(np.count_nonzero(bad))} of {len(degrees)} places are not longitude (-180 to "
            "360) and latitude (-90 to 90) in degrees, in this order."
        )
    # Around the circle once, so that one meridian has one number; at a pole every longitude is 0.
    around = np.where(np.abs(latitude) == 90.0, 0.0, np.mod(longitude, 360.0))
    turn, height = np.deg2rad(around), np.deg2rad(latitude)
    flat = np.where(np.abs(latitude) == 90.0, 0.0, np.cos(height))
    return np.column_stack([flat * np.cos(turn), flat * np.sin(turn), np.sin(height)])


@dataclass(frozen=True, slots=True)
class Chord:
    """
    Distance straight through the globe, under which every model is a covariance.

    Parameters
    ----------
    radius : float
        Of the globe (m).

    Notes
    -----
    A covariance of three-dimensional space stays one on any set of points in it. Up to 1,000 km
    the chord is shorter than the arc by less than 0.11 %.

    Examples
    --------
    >>> globe = Chord(radius=1.0)
    >>> ends = globe.embed([[179.0, 0.0], [-179.0, 0.0]])
    >>> float(globe.between(ends[0], ends[1]).round(6))
    0.034905
    """

    radius: float = EARTH_RADIUS
    is_planar: ClassVar[bool] = False

    def embed(self, coordinates: ArrayLike) -> FloatArray:
        """
        Return places in space.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Longitudes and latitudes (degrees).

        Returns
        -------
        ndarray, shape (n, 3)
            Metres from the centre of the globe.
        """
        return self.radius * unit_vectors(coordinates)

    def between(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """
        Return the lengths of chords.

        Parameters
        ----------
        first : ndarray, shape (..., 3)
            From ``embed``.
        second : ndarray, shape (..., 3)
            From ``embed``.

        Returns
        -------
        ndarray
            Metres.
        """
        return _straight_distance(first, second)

    def straight(self, distance: float) -> float:
        """
        Return the distance itself.

        Parameters
        ----------
        distance : float
            Metres.

        Returns
        -------
        float
            Metres.
        """
        return distance

    def check(self, variogram: VariogramModel) -> None:
        """
        Accept every model: all are covariances in space.

        Parameters
        ----------
        variogram : VariogramModel
            The model.
        """


@dataclass(frozen=True, slots=True)
class GreatCircle(Chord):
    """
    Distance along the surface of the globe.

    Parameters
    ----------
    radius : float
        Of the globe (m).

    Notes
    -----
    Only exponential, spherical and Matérn models with ν up to ½ are covariances along great
    circles (Gneiting 2013, Bernoulli 19(4), table 1); others are refused.

    Examples
    --------
    >>> globe = GreatCircle(radius=1.0)
    >>> ends = globe.embed([[0.0, 0.0], [90.0, 0.0]])
    >>> float(globe.between(ends[0], ends[1]).round(6))
    1.570796
    >>> globe.check(VariogramModel.single("gaussian", nugget=0.0, partial_sill=1.0, scale=1.0))
    Traceback (most recent call last):
        ...
    spatial.errors.InvalidRequestError: Along great circles only the exponential, the spherical \
and the Matérn model with smoothness up to 0.5 are covariances; use chord distance for the \
gaussian model.
    """

    def between(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """
        Return the lengths of arcs.

        Parameters
        ----------
        first : ndarray, shape (..., 3)
            From ``embed``.
        second : ndarray, shape (..., 3)
            From ``embed``.

        Returns
        -------
        ndarray
            Metres: 2R atan2(|a − b|, |a + b|), exact near and far.
        """
        apart = _straight_distance(first, second)
        together = _straight_distance(first, -second)
        return np.asarray(2.0 * self.radius * np.arctan2(apart, together), np.float64)

    def straight(self, distance: float) -> float:
        """
        Return the chord of an arc.

        Parameters
        ----------
        distance : float
            Along the surface (m).

        Returns
        -------
        float
            Metres.
        """
        angle = min(distance / self.radius, np.pi)
        return float(2.0 * self.radius * np.sin(0.5 * angle))

    def check(self, variogram: VariogramModel) -> None:
        """
        Refuse a model that is no covariance along great circles.

        Parameters
        ----------
        variogram : VariogramModel
            The model.

        Raises
        ------
        InvalidRequestError
            With the models that are.
        """
        for part in variogram.structures:
            is_valid = part.name in {"exponential", "spherical"} or (
                part.name == "matern" and part.smoothness <= SMOOTHEST_ON_CIRCLES
            )
            if not is_valid and part.partial_sill > 0.0:
                raise InvalidRequestError(
                    "Along great circles only the exponential, the spherical and the Matérn model "
                    f"with smoothness up to {SMOOTHEST_ON_CIRCLES} are covariances; use chord "
                    f"distance for the {part.name} model."
                )

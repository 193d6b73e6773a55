"""Geometric anisotropy: a variogram whose range depends on the direction."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError

# A flatter ellipse is two fields side by side, and its equations are close to singular.
SMALLEST_RATIO = 0.02


@dataclass(frozen=True, slots=True)
class Anisotropy:
    """
    The ellipse of equal semivariance.

    Parameters
    ----------
    azimuth : float
        Direction of the longest range, degrees clockwise from north; 0 and 180 are the same.
    ratio : float
        Shortest range over longest range, above 0 and at most 1.

    Notes
    -----
    The meaning of R's gstat (``anis = c(azimuth, ratio)``): scales of the model are those along the
    azimuth. Places are turned and then stretched across the azimuth by 1/ratio; in those
    coordinates the variogram is the same in every direction (Chilès & Delfiner 2012,
    section 2.5.2).

    Examples
    --------
    >>> eastward = Anisotropy(azimuth=90.0, ratio=0.5)
    >>> eastward.distance([3.0, 3.0], [90.0, 0.0]).round(9).tolist()
    [3.0, 6.0]
    """

    azimuth: float
    ratio: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.azimuth):
            raise InvalidRequestError(
                f"The azimuth of an anisotropy must be a number of degrees; got {self.azimuth}."
            )
        if not SMALLEST_RATIO <= self.ratio <= 1.0:
            raise InvalidRequestError(
                "The ratio of an anisotropy, shortest over longest range, must lie within "
                f"{SMALLEST_RATIO} and 1; got {self.ratio}."
            )

    def isotropic(self, coordinates: FloatArray) -> FloatArray:
        """
        Return places in the space in which direction does not matter.

        Parameters
        ----------
        coordinates : ndarray, shape (n, 2)
            Eastings and northings (m).

        Returns
        -------
        ndarray, shape (n, 2)
            Distance along the azimuth, and across it over the ratio (m). A function of each place
            alone, so equal places stay equal to the last bit.
        """
        places = np.asarray(coordinates, np.float64)
        east, north = self._direction
        along = places[:, 0] * east + places[:, 1] * north
        across = (places[:, 1] * east - places[:, 0] * north) / self.ratio
        return np.column_stack([along, across])

    def distance(self, distance: ArrayLike, azimuth: ArrayLike) -> FloatArray:
        """
        Return the length of separations in that space.

        Parameters
        ----------
        distance : array_like
            Lengths (m).
        azimuth : array_like
            Their directions, degrees clockwise from north.

        Returns
        -------
        ndarray
            Metres, as along the azimuth of the longest range.
        """
        angle = np.radians(np.asarray(azimuth, np.float64) - self.azimuth)
        return np.asarray(distance, np.float64) * np.hypot(
            np.cos(angle), np.sin(angle) / self.ratio
        )

    @property
    def _direction(self) -> tuple[float, float]:
        """East and north part of the unit vector along the azimuth."""
        angle = math.radians(self.azimuth)
        return math.sin(angle), math.cos(angle)

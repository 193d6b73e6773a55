"""Block support: the mean over a rectangle in place of the value at a point."""

from dataclasses import dataclass

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError

MOST_POINTS = 20


@dataclass(frozen=True, slots=True)
class Block:
    """
    A rectangle around each place, replaced by points.

    Parameters
    ----------
    width : float
        Size from west to east (m).
    height : float
        Size from south to north (m).
    points : int
        Points per side.
    is_regular : bool
        Equal weights on a regular lattice (True), or the nodes of Gauss and Legendre (False),
        which are more exact for the same number of points.

    Notes
    -----
    R's gstat takes 4 by 4 nodes of Gauss and Legendre.

    Examples
    --------
    >>> offsets, weights = Block(40.0, 20.0, points=2, is_regular=True).discretised()
    >>> offsets.tolist(), weights.tolist()
    ([[-10.0, -5.0], [-10.0, 5.0], [10.0, -5.0], [10.0, 5.0]], [0.25, 0.25, 0.25, 0.25])
    """

    width: float
    height: float
    points: int = 4
    is_regular: bool = False

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if not (np.isfinite(side) and side > 0.0):
                raise InvalidRequestError(
                    f"The sides of a block must be more than 0 m; got {side}."
                )
        if not 1 <= self.points <= MOST_POINTS:
            raise InvalidRequestError(
                f"A block has 1 to {MOST_POINTS} points per side; got {self.points}."
            )

    def discretised(self) -> tuple[FloatArray, FloatArray]:
        """
        Return the points that stand for the block.

        Returns
        -------
        tuple of ndarray
            Offsets from the centre (m), shape (points², 2), and weights of sum 1.
        """
        if self.is_regular:
            nodes = (2.0 * np.arange(self.points) + 1.0) / self.points - 1.0
            shares = np.full(self.points, 1.0 / self.points)
        else:
            nodes, double = np.polynomial.legendre.leggauss(self.points)
            shares = 0.5 * double
        east, north = np.meshgrid(
            0.5 * self.width * nodes, 0.5 * self.height * nodes, indexing="ij"
        )
        weights = np.outer(shares, shares).ravel()
        return np.column_stack([east.ravel(), north.ravel()]), weights

"""Which samples a place is predicted from: all, the nearest, those within a radius, by sector."""

from dataclasses import dataclass

import numpy as np
import scipy

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """
    The rule that chooses the samples of a place.

    Parameters
    ----------
    neighbours : int, optional
        At most this many nearest samples; no limit when absent.
    radius : float, optional
        Only samples within this distance (m), the edge included; no limit when absent.
    minimum : int
        A place with fewer samples is missing.
    sectors : int
        1, or 4 or 8 equal sectors of the compass card around the place, the first opening north.
    per_sector : int, optional
        At most this many nearest samples from each sector; needed with 4 or 8 sectors.

    Notes
    -----
    With 4 sectors this is gstat's ``omax`` on a plane, with 8 the octants of GSLIB. The nearest of
    each sector are chosen first, and of these the nearest ``neighbours``.

    Examples
    --------
    >>> Neighbourhood(neighbours=16, radius=500.0, minimum=4).is_global
    False
    >>> Neighbourhood(sectors=8)
    Traceback (most recent call last):
        ...
    spatial.errors.InvalidRequestError: A search by sectors needs the number of samples per sector.
    """

    neighbours: int | None = None
    radius: float | None = None
    minimum: int = 1
    sectors: int = 1
    per_sector: int | None = None

    def __post_init__(self) -> None:
        if self.sectors not in {1, 4, 8}:
            raise InvalidRequestError(f"There can be 1, 4 or 8 sectors; got {self.sectors}.")
        if self.sectors > 1 and self.per_sector is None:
            raise InvalidRequestError("A search by sectors needs the number of samples per sector.")
        counts = {
            "neighbours": self.neighbours,
            "fewest neighbours": self.minimum,
            "samples per sector": self.per_sector,
        }
        for what, count in counts.items():
            if count is not None and count < 1:
                raise InvalidRequestError(
                    f"The number of {what} must be 1 or more; kriging needs at least one "
                    f"neighbour; got {count}."
                )
        if self.radius is not None and not (np.isfinite(self.radius) and self.radius > 0.0):
            raise InvalidRequestError(
                f"The search radius must be more than 0 m; got {self.radius}."
            )
        if self.minimum > self.most:
            raise InvalidRequestError(
                f"At least {self.minimum} neighbours are asked for, but at most "
                f"{self.most:.0f} are taken; no place could be predicted."
            )

    @property
    def most(self) -> float:
        """The largest number of samples a place can have; infinite without a limit."""
        by_sector = np.inf if self.per_sector is None else self.sectors * self.per_sector
        return float(min(by_sector, np.inf if self.neighbours is None else self.neighbours))

    @property
    def is_global(self) -> bool:
        """Whether every place is predicted from all samples."""
        return self.radius is None and np.isinf(self.most)

    def is_all_of(self, count: int) -> bool:
        """
        Tell whether every place is predicted from all of so many samples.

        Parameters
        ----------
        count : int
            How many samples there are.

        Returns
        -------
        bool
            True also where more neighbours are asked for than there are samples.
        """
        return self.radius is None and self.sectors == 1 and self.most >= count >= self.minimum


class NeighbourhoodSearch:
    """
    A k-d tree of samples, asked by the rule of a neighbourhood.

    Each place is answered alone: what else is asked changes nothing.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        Samples, embedded by a metric.
    neighbourhood : Neighbourhood
        The rule; its radius is a straight distance of the embedding.

    Examples
    --------
    >>> places = np.array([[0.0, 0.0], [10.0, 0.0], [30.0, 0.0]])
    >>> search = NeighbourhoodSearch(places, Neighbourhood(neighbours=2, radius=12.0))
    >>> search.select(np.array([[8.0, 0.0], [35.0, 0.0], [99.0, 0.0]])).tolist()
    [[1, 0], [2, 3], [3, 3]]
    """

    def __init__(self, points: FloatArray, neighbourhood: Neighbourhood) -> None:
        if neighbourhood.sectors > 1 and points.shape[1] != 2:
            raise InvalidRequestError("A search by sectors needs coordinates on a plane.")
        self.points = points
        self.neighbourhood = neighbourhood
        self._tree = scipy.spatial.cKDTree(points)
        radius = neighbourhood.radius
        # The tree's bound is exclusive.
        self._bound = np.inf if radius is None else float(np.nextafter(radius, np.inf))

    @property
    def usual_size(self) -> int:
        """How many samples a place has at most, as the samples' own places tell."""
        rule, count = self.neighbourhood, len(self.points)
        if rule.radius is None or np.isfinite(rule.most):
            return int(min(rule.most, count))
        found = self._tree.query_ball_point(self.points, rule.radius, return_length=True)
        return int(np.max(found))

    def select(self, cells: FloatArray, without: IntArray | None = None) -> IntArray:
        """
        Return the samples of each place, nearest first.

        Parameters
        ----------
        cells : ndarray, shape (m, d)
            Where to look from, embedded.
        without : ndarray of int64, shape (m,), optional
            One sample of each place that does not count, such as itself.

        Returns
        -------
        ndarray of int64, shape (m, k)
            Indices of samples; n where there are no more, everywhere for a place with fewer than
            the minimum.
        """
        rule, count = self.neighbourhood, len(self.points)
        if rule.sectors > 1:
            chosen = self._by_sector(cells, without)
        else:
            most = count if np.isinf(rule.most) else int(rule.most)
            if rule.radius is not None and np.isinf(rule.most) and len(cells):
                found = self._tree.query_ball_point(cells, rule.radius, return_length=True)
                most = max(1, int(np.max(found)))
            chosen = self._nearest(cells, most, without)
        is_scarce = (chosen < count).sum(axis=1) < rule.minimum
        return np.where(is_scarce[:, np.newaxis], count, chosen)

    def _nearest(self, cells: FloatArray, most: int, without: IntArray | None) -> IntArray:
        """
        Return the nearest samples.

        Parameters
        ----------
        cells : ndarray, shape (m, d)
            Where to look from.
        most : int
            How many.
        without : ndarray of int64, shape (m,), optional
            One sample of each place that does not count.

        Returns
        -------
        ndarray of int64, shape (m, k)
            Indices of samples, n where there are no more.
        """
        extra = 0 if without is None else 1
        ranks = np.arange(1, min(most + extra, len(self.points)) + 1)
        _, found = self._tree.query(cells, k=ranks, distance_upper_bound=self._bound)
        indices = np.ascontiguousarray(found, np.int64)
        if without is None:
            return indices
        itself = indices == without[:, np.newaxis]
        # Stable: the sample itself moves to the end and off the table.
        order = np.argsort(itself, axis=1, kind="stable")
        indices = np.take_along_axis(np.where(itself, len(self.points), indices), order, axis=1)
        return np.ascontiguousarray(indices[:, : max(1, min(most, len(self.points) - 1))])

    def _by_sector(self, cells: FloatArray, without: IntArray | None) -> IntArray:
        """
        Return the nearest samples of each sector.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Where to look from.
        without : ndarray of int64, shape (m,), optional
            One sample of each place that does not count.

        Returns
        -------
        ndarray of int64, shape (m, k)
            Indices of samples, n where there are no more.
        """
        count, wanted = len(self.points), int(self.neighbourhood.most)
        chosen = np.full((len(cells), wanted), count, np.int64)
        open_rows, looked = np.arange(len(cells)), min(4 * wanted, count)
        # More and more candidates are looked at, until every sector is full or empty.
        while len(open_rows):
            left_out = None if without is None else without[open_rows]
            candidates = self._nearest(cells[open_rows], looked, left_out)
            is_taken, is_complete = self._take(cells[open_rows], candidates)
            ordered = np.argsort(~is_taken, axis=1, kind="stable")[:, :wanted]
            taken = np.where(
                np.take_along_axis(is_taken, ordered, axis=1),
                np.take_along_axis(candidates, ordered, axis=1),
                count,
            )
            chosen[open_rows, : taken.shape[1]] = taken
            if looked == count:
                break
            open_rows, looked = open_rows[~is_complete], min(4 * looked, count)
        return chosen

    def _take(self, cells: FloatArray, candidates: IntArray) -> tuple[BoolArray, BoolArray]:
        """
        Say which candidates are among the nearest of their sector.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Where to look from.
        candidates : ndarray of int64, shape (m, k)
            Indices of samples, nearest first.

        Returns
        -------
        tuple of ndarray of bool
            Taken, shape (m, k); whether farther candidates could not change it, shape (m,).
        """
        rule, count = self.neighbourhood, len(self.points)
        is_there = candidates < count
        offset = self.points[np.minimum(candidates, count - 1)] - cells[:, np.newaxis]
        sector = _sector(offset, rule.sectors)
        is_taken = np.zeros(candidates.shape, np.bool_)
        is_full = np.ones(len(cells), np.bool_)
        for number in range(rule.sectors):
            is_in = is_there & (sector == number)
            rank = np.cumsum(is_in, axis=1)
            is_taken |= is_in & (rank <= (rule.per_sector or 1))
            is_full &= rank[:, -1] >= (rule.per_sector or 1)
        return is_taken, is_full | ~is_there[:, -1]


def _sector(offset: FloatArray, sectors: int) -> IntArray:
    """
    Return the sector of directions.

    Parameters
    ----------
    offset : ndarray, shape (..., 2)
        Towards east and north.
    sectors : int
        4 or 8.

    Returns
    -------
    ndarray of int64
        0 to sectors − 1, clockwise from the north; a direction on a border belongs to the sector
        that opens there.
    """
    # Signs and sizes, not an angle: the borders are exact.
    east, north = offset[..., 0], offset[..., 1]
    conditions = [(east >= 0.0) & (north > 0.0), (east > 0.0) & (north <= 0.0)]
    conditions += [(east <= 0.0) & (north < 0.0), (east < 0.0) & (north >= 0.0)]
    quadrant = np.select(conditions, [0, 1, 2, 3], default=0)
    if sectors == 4:
        return np.asarray(quadrant, np.int64)
    across, along = np.abs(east), np.abs(north)
    is_second = np.where(quadrant % 2 == 0, across >= along, along >= across)
    return np.asarray(2 * quadrant + is_second, np.int64)

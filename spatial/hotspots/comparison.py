"""How two layers differ: what was gained, lost, grew or shrank."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

Change = Literal["gained", "lost", "grown", "shrunk", "moved", "unchanged"]
CHANGES: tuple[Change, ...] = ("gained", "lost", "grown", "shrunk", "moved", "unchanged")
# Corners that went to degrees and back come home within micrometres.
SNAP = 1e-3


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One area in which two layers are compared.

    Parameters
    ----------
    change : str
        One of `CHANGES`: moved has gained as much as it lost.
    geometry : shapely geometry
        The area in the later layer; in the earlier one where it was lost.
    before : tuple of int
        Which polygons of the earlier layer.
    after : tuple of int
        Which of the later one.
    area_before : float
        Area (m²).
    area_after : float
        Area (m²).
    gained : float
        Area that is in the later layer alone (m²).
    lost : float
        Area that is in the earlier layer alone (m²).
    """

    change: Change
    geometry: BaseGeometry
    before: tuple[int, ...]
    after: tuple[int, ...]
    area_before: float
    area_after: float
    gained: float
    lost: float


def compare_layers(
    before: Sequence[BaseGeometry], after: Sequence[BaseGeometry]
) -> list[Difference]:
    """
    Compare the polygons of two layers.

    Parameters
    ----------
    before : sequence of shapely Polygon
        Of the earlier layer, in metres.
    after : sequence of shapely Polygon
        Of the later one, in the same plane.

    Returns
    -------
    list of Difference
        One for each group of polygons that overlap one another, gained ones first, largest first.

    Examples
    --------
    >>> boxes = [shapely.box(0, 0, 2, 2), shapely.box(9, 9, 10, 10)]
    >>> later = [shapely.box(0, 0, 3, 2), shapely.box(5, 5, 6, 6)]
    >>> [(one.change, one.gained, one.lost) for one in compare_layers(boxes, later)]
    [('gained', 1.0, 0.0), ('lost', 0.0, 1.0), ('grown', 2.0, 0.0)]
    """
    old = shapely.set_precision(np.array(list(before), object), SNAP)
    new = shapely.set_precision(np.array(list(after), object), SNAP)
    tree = shapely.STRtree(old)
    later, earlier = tree.query(new, predicate="intersects") if len(new) else np.empty((2, 0), int)
    # Polygons that share an edge only do not overlap.
    shared = shapely.area(shapely.intersection(new[later], old[earlier])) > SNAP
    links = coo_array(
        (np.ones(int(shared.sum())), (earlier[shared], len(old) + later[shared])),
        shape=(len(old) + len(new),) * 2,
    )
    count, group = connected_components(links, directed=False)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    found = [_difference(old, new, which) for which in members] if count else []
    order = {change: number for number, change in enumerate(CHANGES)}
    return sorted(found, key=lambda one: (order[one.change], -max(one.area_before, one.area_after)))


def _difference(
    old: "np.typing.NDArray[np.object_]",
    new: "np.typing.NDArray[np.object_]",
    which: "np.typing.NDArray[np.intp]",
) -> Difference:
    """
    Compare the polygons of one group.

    Parameters
    ----------
    old : ndarray of shapely geometry
        Polygons of the first layer.
    new : ndarray of shapely geometry
        Polygons of the second.
    which : ndarray of intp
        Which of both, the first layer's counted before the second's.

    Returns
    -------
    Difference
        What was gained and lost.
    """
    before = which[which < len(old)]
    after = which[which >= len(old)] - len(old)
    was, now = shapely.union_all(old[before]), shapely.union_all(new[after])
    gained, lost = float(now.difference(was).area), float(was.difference(now).area)
    tolerance = 1e-6 * max(was.area, now.area)
    change: Change = "unchanged"
    if not len(before):
        change = "gained"
    elif not len(after):
        change = "lost"
    elif abs(gained - lost) > tolerance:
        change = "grown" if gained > lost else "shrunk"
    elif gained > tolerance:
        change = "moved"
    return Difference(
        change,
        now if len(after) else was,
        tuple(before.tolist()),
        tuple(after.tolist()),
        float(was.area),
        float(now.area),
        gained,
        lost,
    )

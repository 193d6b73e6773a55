"""Geometries as somebody sent them, and from one coordinate system to another."""

from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from spatial.coordinates import transform_places

# What `shapely.geometry.shape` raises of what is no GeoJSON geometry.
NO_GEOMETRY = (
    *(ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(OverflowError, RecursionError),
)
_Shape = TypeVar("_Shape", bound=BaseGeometry)


def transform_geometry(geometry: _Shape, from_epsg: int, to_epsg: int) -> _Shape:
    """Return the geometry with every corner moved; edges stay straight between corners."""

    def move(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transform_places(corners[:, 0], corners[:, 1], from_epsg, to_epsg))

    moved: Any = shapely.transform(geometry, move)
    result: _Shape = moved
    return result

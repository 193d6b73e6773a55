"""Where a surface lies: its plane, its outline on it, and the size of its cells."""

import math

from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from app.errors import InvalidRequest, Unprocessable
from app.services.geometry import transform_geometry
from app.services.surfaces.order import SurfaceOrder, read_outline
from app.services.surfaces.selection import Selection
from spatial.coordinates import Bounds, MetricCrs, choose_metric_crs, is_metric
from spatial.errors import SpatialError

# A zone's neighbour is still a usable plane; one on the other side of the globe is not.
_GRACE_DEGREES = 6.0


def choose_plane(order: SurfaceOrder, selection: Selection) -> MetricCrs:
    """Return the plane: the one asked for, else the samples' own, else one for their extent."""
    if order.epsg is not None:
        try:
            is_usable = is_metric(order.epsg)
        except SpatialError as error:
            raise InvalidRequest(str(error), parameter="epsg") from error
        if not is_usable:
            raise InvalidRequest(
                f"EPSG:{order.epsg} is not a projected system in metres; distances need one.",
                parameter="epsg",
            )
        _check_reach(order.epsg, selection)
        return MetricCrs(order.epsg, "The order names this coordinate system.")
    if selection.common_epsg is not None and is_metric(selection.common_epsg):
        return MetricCrs(selection.common_epsg, "All samples were reported in this system.")
    try:
        return choose_metric_crs(Bounds.of(selection.longitudes, selection.latitudes))
    except SpatialError as error:
        raise Unprocessable(str(error)) from error


def _check_reach(epsg: int, selection: Selection) -> None:
    """Refuse a system made for another part of the globe: its distances would be wrong."""
    area = CRS.from_epsg(epsg).area_of_use
    if area is None:
        return
    made_for = Bounds(area.west, area.south, area.east, area.north).buffered(_GRACE_DEGREES)
    extent = Bounds.of(selection.longitudes, selection.latitudes)
    crosses = area.west > area.east  # over the antimeridian; such a box has no simple overlap
    if not crosses and made_for.intersection(extent) is None:
        raise InvalidRequest(
            f"EPSG:{epsg} is made for {area.name}, far from the samples; its distances would be "
            "wrong there. Leave epsg out, and one that fits is chosen.",
            parameter="epsg",
        )


def suggested_cell_size(bounds: Bounds, sample_count: int) -> float:
    """Return a quarter of the samples' mean spacing, rounded down to 1, 2 or 5 times 10ⁿ m."""
    area = max(bounds.east - bounds.west, 1.0) * max(bounds.north - bounds.south, 1.0)
    size = 0.25 * math.sqrt(area / sample_count)
    decade = 10.0 ** math.floor(math.log10(size))
    return max(step * decade for step in (1.0, 2.0, 5.0) if step * decade <= size)


def place_outline(order: SurfaceOrder, epsg: int) -> BaseGeometry | None:
    """Return the order's outline on a plane, or None where it has none."""
    if order.outline is None:
        return None
    return transform_geometry(read_outline(order.outline), 4326, epsg)

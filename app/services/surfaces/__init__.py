"""Surfaces: which results go in, how they are built and published, what can be asked of them."""

from app.services.surfaces.against import Against, find_against
from app.services.surfaces.budget import Budget, estimate
from app.services.surfaces.building import build
from app.services.surfaces.catalogue import (
    get_any_surface,
    get_surface,
    list_surfaces,
    show_card,
    show_surface,
)
from app.services.surfaces.order import SurfaceOrder, read_outline
from app.services.surfaces.profiles import places_along, read_line
from app.services.surfaces.values import Question, value_at, values_at
from app.services.surfaces.zones import zonal

__all__ = [
    "Against",
    "Budget",
    "Question",
    "SurfaceOrder",
    "build",
    "estimate",
    "find_against",
    "get_any_surface",
    "get_surface",
    "list_surfaces",
    "places_along",
    "read_line",
    "read_outline",
    "show_card",
    "show_surface",
    "value_at",
    "values_at",
    "zonal",
]

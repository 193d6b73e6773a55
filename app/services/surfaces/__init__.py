"""Surfaces: which results go in, how they are built and published, what can be asked of them."""

from app.services.surfaces.against import Against
from app.services.surfaces.budget import Budget, estimate
from app.services.surfaces.building import build
from app.services.surfaces.catalogue import (
    get_surface,
    list_surfaces,
    show_card,
    show_surface,
    value_at,
)
from app.services.surfaces.order import SurfaceOrder

__all__ = [
    "Against",
    "Budget",
    "SurfaceOrder",
    "build",
    "estimate",
    "get_surface",
    "list_surfaces",
    "show_card",
    "show_surface",
    "value_at",
]

"""Surfaces of the store as distributions; what one cannot say is a sentence for the caller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.db.models import Surface
from app.errors import Unprocessable
from spatial.distributions.contract import Distribution
from spatial.distributions.registry import distribution_of as _distribution_of
from spatial.errors import SpatialError
from spatial.hotspots.contract import Surface as SurfaceSeen


def distribution_of(surface: Surface) -> Distribution:
    """Return what a surface can be asked."""
    return _distribution_of(surface.card)


def surface_seen(surface: Surface) -> SurfaceSeen:
    """Return a surface as definitions of hotspots see it."""
    card: dict[str, Any] = surface.card
    variogram = card.get("variogram") or {}
    transform = card.get("transform")
    return SurfaceSeen(
        distribution_of(surface),
        card["support"],
        # An indicator's sill says nothing of concentrations.
        variogram["fit"]["sill"] if variogram and surface.family != "thresholds" else None,
        None if transform is None else (transform["name"], transform["parameters"]),
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a surface cannot say into an answer with the remedy.

    Raises
    ------
    Unprocessable
        In place of the numerics' own error.
    """
    try:
        yield
    except SpatialError as error:
        raise Unprocessable(str(error)) from error

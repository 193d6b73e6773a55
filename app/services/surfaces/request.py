"""What tells two requests for a surface apart: what was ordered, of which results, and whose."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Contaminant, Surface
from app.services.hashing import sha256_of
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.selection import Selection
from app.services.visibility import surface_rests_on
from spatial.arrays import array_sha256


def selection_request(order: SurfaceOrder, contaminant: Contaminant, selection: Selection) -> str:
    """Return the hash of an order and of the results it selects now."""
    inputs = inputs_sha256(selection)
    return sha256_of({"order": order_sha256(order, contaminant), "inputs": inputs})


def find_built(session: Session, request_sha256: str, selection: Selection) -> uuid.UUID | None:
    """Return the surface of a request; one of the same numbers of other data sets may be hidden."""
    return session.scalar(
        select(Surface.uid).where(
            Surface.request_sha256 == request_sha256,
            surface_rests_on(Surface.id, selection.dataset_ids),
        )
    )


def inputs_sha256(selection: Selection) -> str:
    """Return the hash of selected results."""
    return array_sha256(
        {
            "longitude": selection.longitudes,
            "latitude": selection.latitudes,
            "value": selection.values,
            "is_censored": selection.is_censored.astype("u1"),
        }
    )


def order_sha256(order: SurfaceOrder, contaminant: Contaminant) -> str:
    """Return the hash of an order alone."""
    return sha256_of(order.to_json() | {"contaminant": contaminant.code})

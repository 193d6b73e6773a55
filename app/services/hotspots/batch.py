"""One order for many: every contaminant, definition, guideline value and framework of a list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from sqlalchemy.orm import Session

from app.errors import InvalidRequest
from app.services.guidelines import get_guideline
from app.services.guidelines.rows import Place
from app.services.hotspots.order import HotspotOrder
from app.services.registries import find_contaminant

MOST_ORDERS = 500


@dataclass(frozen=True)
class Variations:
    """What an order is repeated over; an empty list leaves the order's own.

    `guidelines` are ids, each of its own contaminant; `frameworks` choose the value for the place.
    """

    contaminants: Sequence[str] = ()
    guidelines: Sequence[str] = ()
    frameworks: Sequence[str] = ()


def expand(session: Session, order: HotspotOrder, over: Variations) -> list[HotspotOrder]:
    """Return the orders, each checked.

    Raises
    ------
    InvalidRequest, NotFound
        Lists that contradict each other, too many orders, or one that cannot be meant.
    """
    if over.guidelines and (over.contaminants or over.frameworks):
        raise InvalidRequest(
            "Every guideline value is one of its own contaminant and framework: state guidelines, "
            "or contaminants and frameworks.",
            parameter="guidelines",
        )
    if not (over.guidelines or over.contaminants):
        raise InvalidRequest(
            "Name what the hotspots are of: contaminants, or guidelines.", parameter="contaminants"
        )
    if over.guidelines:
        values = [get_guideline(session, guideline) for guideline in over.guidelines]
        orders = [
            replace(order, contaminant=value.contaminant, guideline=value.id) for value in values
        ]
    else:
        codes = [find_contaminant(session, name).code for name in over.contaminants]
        places: list[Place | None] = [
            replace(order.place or Place(), framework=name) for name in over.frameworks
        ]
        orders = [
            replace(order, contaminant=code, place=place)
            for code, place in product(codes, places or [order.place])
        ]
    unique = list(dict.fromkeys(map(_key, orders)))
    if len(unique) > MOST_ORDERS:
        raise InvalidRequest(
            f"That makes {len(unique)} layers; at most {MOST_ORDERS} are found in one call.",
            parameter="contaminants",
        )
    first = {_key(one): one for one in reversed(orders)}
    chosen = [first[key] for key in unique]
    for one in chosen:
        one.check()
    return chosen


def _key(order: HotspotOrder) -> tuple[str, str | None, str | None]:
    framework = None if order.place is None else order.place.framework
    return order.contaminant, order.guideline, framework

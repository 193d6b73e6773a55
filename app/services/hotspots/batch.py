"""One order for many: every contaminant, definition, guideline value and framework of a list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from sqlalchemy.orm import Session

from app.errors import InvalidRequest
from app.services.guidelines import get_guideline
from app.services.guidelines.rows import Place
from app.services.hotspots.component import Component
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
    if not (over.guidelines or over.contaminants or order.contaminants):
        raise InvalidRequest(
            "Name what the hotspots are of: contaminants, or guidelines.", parameter="contaminants"
        )
    each = _of_several if order.takes_several else _of_each
    orders = each(session, order, over)
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


def _of_each(session: Session, order: HotspotOrder, over: Variations) -> list[HotspotOrder]:
    """Return an order for every contaminant in every framework, or for every guideline value."""
    if over.guidelines and (over.contaminants or over.frameworks):
        raise InvalidRequest(
            "Every guideline value is one of its own contaminant and framework: state guidelines, "
            "or contaminants and frameworks.",
            parameter="guidelines",
        )
    if over.guidelines:
        values = [get_guideline(session, guideline) for guideline in over.guidelines]
        return [
            replace(order, contaminant=value.contaminant, guideline=value.id) for value in values
        ]
    codes = [find_contaminant(session, name).code for name in over.contaminants]
    places: list[Place | None] = [*_places(order, over)] or [order.place]
    return [replace(order, contaminant=code, place=place) for code, place in product(codes, places)]


def _of_several(session: Session, order: HotspotOrder, over: Variations) -> list[HotspotOrder]:
    """Return one order of all contaminants together, for every framework."""
    whole = expand_values(session, order, over)
    return [replace(whole, place=place) for place in _places(order, over)] or [whole]


def expand_values(session: Session, order: HotspotOrder, over: Variations) -> HotspotOrder:
    """Return an order of several contaminants with all that were named, and their guidelines.

    Raises
    ------
    InvalidRequest, NotFound
        Two values for one contaminant, or names that do not exist.
    """
    named = [*order.contaminants, *(Component(name) for name in over.contaminants)]
    together: dict[str, Component] = {}
    for one in named:
        code = find_contaminant(session, one.contaminant).code
        together.setdefault(code, replace(one, contaminant=code))
    for guideline in over.guidelines:
        code = get_guideline(session, guideline).contaminant
        one = together.get(code, Component(code))
        if one.has_value:
            raise InvalidRequest(
                f"Two values are stated for {code}: leave one of them out.", parameter="guidelines"
            )
        together[code] = replace(one, guideline=guideline)
    return replace(order, contaminants=tuple(together.values()))


def _places(order: HotspotOrder, over: Variations) -> list[Place]:
    return [replace(order.place or Place(), framework=name) for name in over.frameworks]


def _key(order: HotspotOrder) -> tuple[str, str | None, str | None]:
    framework = None if order.place is None else order.place.framework
    return order.contaminant, order.guideline, framework

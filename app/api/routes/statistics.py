"""Figures of collections: counts, quantiles, histograms and cells, in one call."""

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from app.api.deps import SnapshotSession
from app.api.queries import AskedQuery
from app.api.slots import HeavyReads
from app.api.strict import StrictRoute
from app.errors import InvalidRequest
from app.services.features import get_collection
from app.services.statistics import Wish, statistics

router = APIRouter(prefix="/collections", route_class=StrictRoute, tags=["Statistics"])

_MOST_NAMES = 3
_MOST_QUANTILES = 20


@router.get("/{collection_id}/statistics", summary="Figures of a collection")
def get_statistics(
    session: SnapshotSession,
    slots: HeavyReads,
    asked: AskedQuery,
    collection_id: str,
    of: Annotated[str | None, Query(max_length=64, description="a number of the features")] = None,
    by: Annotated[
        str | None, Query(max_length=200, description="up to three properties, comma separated")
    ] = None,
    quantiles: Annotated[
        str, Query(max_length=200, description="shares between 0 and 1, comma separated")
    ] = "0.05,0.25,0.5,0.75,0.95",
    histogram: Annotated[int | None, Query(ge=1, le=200, description="how many classes")] = None,
    scale: Annotated[Literal["linear", "log"], Query(description="of the histogram")] = "linear",
    cells: Annotated[Literal["square", "hexagon"] | None, Query()] = None,
    size_m: Annotated[
        float | None, Query(ge=10, le=5e6, allow_inf_nan=False, description="across a cell, metres")
    ] = None,
) -> dict[str, Any]:
    """Return count and, of a number, minimum, mean, maximum and quantiles under the filters.

    With `by` of each group, with `histogram` how many lie in each class, with `cells` of squares or
    hexagons of equal area. Values that are not known, such as those below a limit, count in `count`
    and not in `known`.
    """
    collection = get_collection(session, collection_id)
    names = tuple(name.strip() for name in by.split(",")) if by else ()
    if len(names) > _MOST_NAMES or len(set(names)) < len(names):
        raise InvalidRequest(f"by names up to {_MOST_NAMES} properties, each once.", parameter="by")
    wish = Wish(of, names, _shares(quantiles), histogram, scale == "log", cells, size_m)
    return statistics(session, collection, asked.of(session, collection), wish, slots.taken)


def _shares(text: str) -> tuple[float, ...]:
    parts = text.split(",")
    if len(parts) <= _MOST_QUANTILES and all(
        re.fullmatch(r"(0(\.[0-9]{1,9})?|1(\.0{1,9})?)", part) for part in parts
    ):
        return tuple(float(part) for part in parts)
    raise InvalidRequest(
        f"quantiles takes up to {_MOST_QUANTILES} shares between 0 and 1, for example 0.05,0.5.",
        parameter="quantiles",
    )

"""The relations of places, of times and of lists, as SQL."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, func, not_, or_

from app.services.features.cql2.terms import Interval

# Each of PostGIS's predicates looks the constant side's box up in the index.
SPATIAL: dict[str, Callable[[Any, Any], Any]] = {
    "s_intersects": func.ST_Intersects,
    # In the words of the others, so that nothing else is meant at the edges.
    "s_disjoint": lambda a, b: not_(func.ST_Intersects(a, b)),
    "s_equals": func.ST_Equals,
    "s_touches": func.ST_Touches,
    "s_within": func.ST_Within,
    "s_overlaps": func.ST_Overlaps,
    "s_crosses": func.ST_Crosses,
    "s_contains": func.ST_Contains,
}

_Times = Callable[[Interval, Interval], Any]
# Allen's relations; a day is an interval that begins and ends with it.
TEMPORAL: dict[str, _Times] = {
    "t_after": lambda a, b: a.first > b.last,
    "t_before": lambda a, b: a.last < b.first,
    "t_contains": lambda a, b: and_(a.first < b.first, a.last > b.last),
    "t_disjoint": lambda a, b: or_(a.last < b.first, a.first > b.last),
    "t_during": lambda a, b: and_(a.first > b.first, a.last < b.last),
    "t_equals": lambda a, b: and_(a.first == b.first, a.last == b.last),
    "t_finishedby": lambda a, b: and_(a.first < b.first, a.last == b.last),
    "t_finishes": lambda a, b: and_(a.first > b.first, a.last == b.last),
    "t_intersects": lambda a, b: and_(a.first <= b.last, a.last >= b.first),
    "t_meets": lambda a, b: a.last == b.first,
    "t_metby": lambda a, b: a.first == b.last,
    "t_overlappedby": lambda a, b: and_(a.first > b.first, a.first < b.last, a.last > b.last),
    "t_overlaps": lambda a, b: and_(a.first < b.first, a.last > b.first, a.last < b.last),
    "t_startedby": lambda a, b: and_(a.first == b.first, a.last > b.last),
    "t_starts": lambda a, b: and_(a.first == b.first, a.last < b.last),
}

ARRAYS: dict[str, Callable[[Any, Any], Any]] = {
    "a_containedby": lambda a, b: a.op("<@")(b),
    "a_contains": lambda a, b: a.op("@>")(b),
    "a_equals": lambda a, b: and_(a.op("@>")(b), a.op("<@")(b)),
    "a_overlaps": lambda a, b: a.op("&&")(b),
}

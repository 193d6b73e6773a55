"""What follows from keys that many features share: asked for once for each key."""

from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.services.features import Collection, Query
from app.services.features.query import select_features


class Lookup:
    """Columns of values by key."""

    def __init__(self, keys: list[int], values: dict[str, pa.Array]) -> None:
        """Keep values, each for the key at its place; the keys are sorted."""
        self._keys = np.array(keys, np.int64)
        self._values = {name: _without_nulls(column) for name, column in values.items()}

    def columns(self, keys: pa.Array) -> dict[str, pa.DictionaryArray]:
        """Return the values of features of which these are the keys.

        Raises
        ------
        KeyError
            A key that was not asked for: the features were read at another moment.
        """
        wanted = keys.to_numpy(zero_copy_only=False)
        found = np.searchsorted(self._keys, wanted)
        is_known = found < len(self._keys)
        is_known[is_known] = self._keys[found[is_known]] == wanted[is_known]
        if not is_known.all():
            raise KeyError(f"{(~is_known).sum()} features have keys that were not looked up")
        places = pa.array(found)
        return {
            name: pa.DictionaryArray.from_arrays(indices.take(places), values)
            for name, (indices, values) in self._values.items()
        }

    def distinct(self, name: str) -> list[Any]:
        """Return the values of a column, none of them null; there may be no such column."""
        return self._values[name][1].to_pylist() if name in self._values else []


def _without_nulls(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return a column as indices and distinct values: the indices alone may be null."""
    told = column.dictionary_encode()
    return told.indices, told.dictionary


def look_up(
    session: Session,
    collection: Collection,
    query: Query,
    told: dict[str, Any],
    types: dict[str, pa.DataType],
) -> list[Lookup]:
    """Return what the features of a query share, a lookup for each of `collection.shared`.

    `told` are the columns by name, as the main statement would ask for them. Each is asked of one
    feature that stands for all with the same keys.
    """
    keys = [shared.key for shared in collection.shared]
    if not keys:
        return []
    named = [key.label(f"key_{at}") for at, key in enumerate(keys)]
    first = func.min(collection.key[0]).label("first")
    found = select_features(session, collection, query, *named, first).group_by(*keys).subquery()
    stands = [found.c[f"key_{at}"] == key for at, key in enumerate(keys)]
    names = [name for shared in collection.shared for name in shared.names]
    statement = (
        select(*named, *(told[name].label(name) for name in names))
        .select_from(collection.source)
        .join(found, and_(collection.key[0] == found.c.first, *stands))
    )
    rows = session.execute(statement).mappings().all()
    lookups = []
    for at, shared in enumerate(collection.shared):
        by_key = {row[f"key_{at}"]: row for row in rows}
        order = sorted(by_key)
        values = {
            name: pa.array([by_key[key][name] for key in order], types[name])
            for name in shared.names
        }
        lookups.append(Lookup(order, values))
    return lookups

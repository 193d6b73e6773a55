"""Lists of another table's rows as JSON, put together from columns instead of row by row."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import case
from sqlalchemy.orm import Session

from app.services.features.kinds import kind_of
from app.services.features.shared import Listed
from app.services.files.text_columns import joined, json_text
from app.services.visibility import visible_datasets

# The columns of a row, beside those of its feature.
_FEATURE = "_feature"
_KEY = "_key_{}"
_OWN = "_own_{}"
Places = NDArray[np.int64]


class Lists:
    """Turns rows, of which several belong to a feature, into features with a list."""

    def __init__(self, session: Session, listed: Listed) -> None:
        self.property = listed.property
        self._listed = listed
        visible = visible_datasets(session)
        self._known: list[dict[int, tuple[int, dict[str, Any]]]] = [
            {key: (rank, told) for key, rank, told in session.execute(one.known(visible))}
            for one in listed.described
        ]

    @property
    def columns(self) -> dict[str, tuple[Any, pa.DataType]]:
        """What a statement asks for of each row, and how it is read.

        Numbers stay the text that the database writes; a row that is not listed has no keys.
        """
        listed = self._listed
        asked = {_FEATURE: (listed.feature, pa.int64())}
        for at, one in enumerate(listed.described):
            asked[_KEY.format(at)] = (case((listed.is_listed, one.key)), pa.int64())
        for name, column in listed.own.items():
            asked[_OWN.format(name)] = (column, pa.string())
        return {name: (column.label(name), kind) for name, (column, kind) in asked.items()}

    def features(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield features, each with the JSON of its list; the rows of one come together."""
        waiting: pa.RecordBatch | None = None
        for batch in batches:
            rows = batch if waiting is None else pa.concat_batches([waiting, batch])
            starts = _starts(rows)
            # More rows of the last feature may come.
            waiting = rows.slice(starts[-1])
            if len(starts) > 1:
                yield self._folded(rows.slice(0, starts[-1]), starts[:-1])
        if waiting is not None:
            yield self._folded(waiting, _starts(waiting))

    def _folded(self, rows: pa.RecordBatch, starts: Places) -> pa.RecordBatch:
        lists = self._lists(rows, starts)
        single = len(starts) == rows.num_rows
        features = rows if single else rows.take(pa.array(starts))
        return features.drop_columns(list(self.columns)).append_column(self._listed.property, lists)

    def _lists(self, rows: pa.RecordBatch, starts: Places) -> pa.Array:
        feature = np.repeat(np.arange(len(starts)), np.diff([*starts, rows.num_rows]))
        keys = [rows.column(_KEY.format(at)) for at, _ in enumerate(self._listed.described)]
        if keys[0].null_count:
            kept = np.flatnonzero(keys[0].is_valid().to_numpy(zero_copy_only=False))
            rows, feature = rows.take(pa.array(kept)), feature[kept]
            keys = [rows.column(_KEY.format(at)) for at, _ in enumerate(self._listed.described)]
        told = np.column_stack([key.to_numpy() for key in keys])
        pairs, which = _distinct(told)
        known = [[of[key] for of, key in zip(self._known, pair, strict=True)] for pair in pairs]
        objects = self._objects(rows, which, [[one for _, one in told] for told in known])
        counts = np.bincount(feature, minlength=len(starts))
        if counts.max(initial=0) > 1:
            ranks = np.array([[rank for rank, _ in told] for told in known])[which]
            # Stable, so that rows of the same ranks stay in their order.
            objects = objects.take(pa.array(np.lexsort((*ranks.T[::-1], feature))))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        together = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), objects), ",")
        lists = pc.binary_join_element_wise("[", together, "]", "")
        return pc.if_else(pa.array(counts > 0), lists, None) if (counts == 0).any() else lists

    def _objects(
        self, rows: pa.RecordBatch, which: Places, known: list[list[dict[str, Any]]]
    ) -> pa.Array:
        """Return the JSON of each row: its own values, and between them what its keys say."""
        indices = pa.array(which)
        parts: list[Any] = []
        between = ["{"] * len(known)
        for at, name in enumerate(self._listed.names):
            lead = f"{',' if at else ''}{json.dumps(name)}:"
            if name in self._listed.own:
                parts.append(_taken([text + lead for text in between], indices))
                column = rows.column(_OWN.format(name))
                parts.append(json_text(column, kind_of(self._listed.own[name])))
                between = [""] * len(known)
            else:
                told = [next(one[name] for one in several if name in one) for several in known]
                between = [
                    f"{text}{lead}{'null' if value is None else value}"
                    for text, value in zip(between, told, strict=True)
                ]
        parts.append(_taken([f"{text}}}" for text in between], indices))
        return joined(parts, rows.num_rows)


def _starts(rows: pa.RecordBatch) -> Places:
    """Return where the rows of each feature begin."""
    feature = rows.column(_FEATURE).to_numpy()
    return np.flatnonzero(np.concatenate([[True], feature[1:] != feature[:-1]]))


def _distinct(keys: NDArray[np.int64]) -> tuple[list[tuple[int, ...]], Places]:
    """Return the distinct rows of keys, and which of them each row is."""
    # One number for each is a third of the work of comparing rows.
    spans = tuple(int(most) + 1 for most in keys.max(axis=0, initial=0))
    told = pa.array(np.ravel_multi_index(tuple(keys.T), spans)).dictionary_encode()
    found = np.unravel_index(told.dictionary.to_numpy(), spans)
    return list(zip(*(column.tolist() for column in found), strict=True)), told.indices.to_numpy()


def _taken(texts: list[str], which: pa.Array) -> Any:
    """Return the text of each row: one for all where they are the same."""
    if len(set(texts)) == 1:
        return texts[0]
    return pa.array(texts, pa.string()).take(which)

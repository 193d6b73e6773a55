"""Columns as records of SQLite: a head that says of which kind the values are, and the values.

The layout is SQLite's own (https://www.sqlite.org/fileformat.html, chapter 2.1).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.services.files.binary_columns import Part, binary, total_lengths
from app.services.files.text_columns import joined

# What a head says of a value.
_NULL, _INT_32, _INT_64, _FLOAT, _ZERO, _ONE = 0, 4, 6, 7, 8, 9
_BLOB, _TEXT = 12, 13
# The last number that takes so many bytes of seven bits each.
_MOST = [(1 << 7 * count) - 1 for count in range(1, 9)]


@dataclass(frozen=True)
class Records:
    """What rows consist of, part by part, and the length of each; not put together yet."""

    parts: list[Part]
    lengths: NDArray[np.int64]

    def whole(self, before: list[Part]) -> pa.Array:
        """Return the rows as binary, with other parts before them."""
        return joined([*before, *self.parts], len(self.lengths), b"")


def records(columns: list[pa.Array | None], rows: int) -> Records:
    """Return rows; a column that is None is null in all, as the row's own key is."""
    pairs = [(b"\0", b"") if column is None else _parts(column) for column in columns]
    kinds, values = [kind for kind, _ in pairs], [value for _, value in pairs]
    heads = total_lengths(kinds, rows)
    # The head's length counts itself, which takes one byte or two.
    heads += np.where(heads < 127, 1, 2)
    lengths = heads + total_lengths(values, rows)
    return Records([constant_or(heads), *kinds, *values], lengths)


def varints(numbers: NDArray[np.int64]) -> pa.Array:
    """Return whole numbers from 0 to 2^56 - 1 in SQLite's own form: seven bits a byte."""
    lengths = np.searchsorted(_MOST, [numbers.min(initial=_MOST[-1]), numbers.max(initial=0)]) + 1
    if lengths[0] >= lengths[1]:
        content = np.empty((len(numbers), lengths[1]), np.uint8)
        for at in range(lengths[1]):
            content[:, -1 - at] = _seven_bits(numbers, at)
        return binary(content.ravel(), np.full(len(numbers), lengths[1]))
    each = np.searchsorted(_MOST, numbers) + 1
    ends = np.cumsum(each)
    content = np.empty(ends[-1], np.uint8)
    for at in range(lengths[1]):
        has = each > at
        content[ends[has] - 1 - at] = _seven_bits(numbers[has], at)
    return binary(content, each)


def constant_or(numbers: NDArray[np.int64]) -> Part:
    """Return numbers in SQLite's own form, once where they are the same in all rows."""
    is_same = len(numbers) and numbers.min() == numbers.max()
    told = varints(numbers[:1] if is_same else numbers)
    return bytes(told[0].as_py()) if is_same else told


def _seven_bits(numbers: NDArray[np.int64], at: int) -> NDArray[np.int64]:
    """Return that many bytes from the end; all but the last one say that more come."""
    return (numbers >> 7 * at) & 127 | (128 if at else 0)


def _parts(column: pa.Array) -> tuple[Part, Part]:
    """Return what the head says of each value, and the values."""
    kind = column.type
    if column.null_count == len(column):
        return b"\0", b""
    if pa.types.is_dictionary(kind):
        return _shared(column)
    if pa.types.is_boolean(kind):
        told = column.cast(pa.int8()).fill_null(_NULL - _ZERO).to_numpy().astype(np.int64)
        return constant_or(told + _ZERO), b""
    if pa.types.is_integer(kind):
        return _integers(column)
    if pa.types.is_floating(kind):
        # What is not a number is null for SQLite.
        numbers = column.to_numpy(zero_copy_only=False)
        return _numbers(numbers, ~np.isnan(numbers), (_FLOAT, ">f8"))
    is_binary = pa.types.is_binary(kind)
    return _lengthy(column, _BLOB) if is_binary else _lengthy(column.cast(pa.string()), _TEXT)


def _shared(column: pa.DictionaryArray) -> tuple[Part, Part]:
    if len(column.dictionary) > 1 or column.null_count:
        return _parts(column.cast(column.type.value_type))
    head, value = _parts(column.dictionary)
    return head, value if isinstance(value, bytes) else bytes(value[0].as_py())


def _integers(column: pa.Array) -> tuple[Part, Part]:
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    numbers = column.fill_null(0).to_numpy().astype(np.int64)
    bounds = np.iinfo(np.int32)
    is_small = bounds.min <= numbers.min() and numbers.max() <= bounds.max
    return _numbers(numbers, valid, (_INT_32, ">i4") if is_small else (_INT_64, ">i8"))


def _numbers(
    numbers: NDArray[Any], valid: NDArray[np.bool_], form: tuple[int, str]
) -> tuple[Part, Part]:
    kind, told = form[0], np.dtype(form[1])
    content = np.frombuffer(numbers[valid].astype(told).tobytes(), np.uint8)
    return constant_or(np.where(valid, kind, _NULL)), binary(content, valid * told.itemsize)


def _lengthy(column: pa.Array, kind: int) -> tuple[Part, Part]:
    lengths = pc.binary_length(column).fill_null(0).to_numpy().astype(np.int64)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    kinds = constant_or(np.where(valid, kind + 2 * lengths, _NULL))
    column = column.cast(pa.binary())
    return kinds, column.fill_null(b"") if column.null_count else column

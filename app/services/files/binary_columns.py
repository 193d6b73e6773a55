"""Columns as bytes, of which rows are put together."""

from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# A value for each row, or bytes that are the same in all.
Part: TypeAlias = pa.Array | bytes


def binary(content: NDArray[np.uint8], lengths: NDArray[np.int64]) -> pa.Array:
    """Return binary values that stand one after the other in `content`."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)


def total_lengths(parts: list[Part], rows: int) -> NDArray[np.int64]:
    """Return how long the parts of each row are together."""
    total = np.full(rows, sum(len(part) for part in parts if isinstance(part, bytes)))
    for part in parts:
        if not isinstance(part, bytes):
            total += pc.binary_length(part).to_numpy()
    return total

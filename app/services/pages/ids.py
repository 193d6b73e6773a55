"""Which feature of a file of texts has an id: sorted hashes, and beside each the feature's number.

A hash only leads to features; whether one has the id is read in its text.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_Numbers = NDArray[np.int64]

# Longer ids share a hash with whatever begins as they do.
_LONGEST = 64
# Odd, and as random as they need be: what differs in one word or two has different hashes.
_FACTORS = np.random.default_rng(1).integers(0, 1 << 63, _LONGEST // 8, np.uint64) * np.uint64(
    2
) + np.uint64(1)


def hashed(ids: Sequence[bytes]) -> Hashes:
    """Return a hash of each id."""
    words = np.array(ids, f"S{_LONGEST}").view("<u8").reshape(-1, len(_FACTORS))
    hashes: Hashes = (words * _FACTORS).sum(axis=1, dtype=np.uint64)
    return hashes


def sorted_hashes(hashes: Hashes) -> tuple[Hashes, _Numbers]:
    """Return the hashes of features 0, 1, …, in ascending order, and whose each is."""
    numbers = np.argsort(hashes, kind="stable")
    return hashes[numbers], numbers


def candidates(hashes: Hashes, numbers: _Numbers, feature_id: bytes) -> Iterator[int]:
    """Yield the numbers of the features that may have an id: one, or none, but for a chance."""
    wanted = hashed([feature_id])[0]
    at = int(np.searchsorted(hashes, wanted))
    while at < len(hashes) and hashes[at] == wanted:
        yield int(numbers[at])
        at += 1

"""New samples as the database stores them, made ready here so that they can be copied in."""

import os
import struct
from collections.abc import Mapping

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from ingest.records import SAMPLE_KEY

# Of all that a file told so far; 32 MB of hashes, of which only those that are there are in memory.
_MOST_TOLD = 4_000_000
# A point in extended well-known binary: little-endian, in degrees (EPSG:4326).
_POINT = struct.pack("<BII", 1, 0x20000001, 4326)
_SHARED_BYTES = 4
_HEXADECIMAL = np.frombuffer(b"0123456789abcdef", np.uint8)
_AS_THEY_ARE = (
    "natural_place",
    "repairs",
    "easting",
    "northing",
    "original_easting",
    "original_northing",
    "original_epsg",
    "depth_upper_cm",
    "depth_lower_cm",
    "sampled_from",
    "sampled_to",
    "hilbert",
    "row_number",
)


class ToldSamples:
    """Remembers the samples of an import by a hash of their keys, as long as these are few.

    Where it says no, a sample was not told before. For the others, all those of a data set that had
    samples before among them, the database has to be asked.
    """

    def __init__(self, *, is_first: bool) -> None:
        # Sorted at the beginning, not used behind it. None: there is no telling.
        self._hashes = np.empty(_MOST_TOLD, np.uint64) if is_first else None
        self._size = 0

    def may_be_told(self, samples: pl.DataFrame) -> pl.Series:
        """Tell which of these may have been told before, and remember them all."""
        # The zero that is added makes -0.0 and 0.0 one number, as they are for the database.
        keys = samples.select(SAMPLE_KEY).with_columns(cs.float() + 0.0)
        new, before = keys.hash_rows().to_numpy(), self._size
        self._size += new.size
        if self._hashes is None or self._size > self._hashes.size:
            self._hashes = None
            return pl.repeat(value=True, n=new.size, dtype=pl.Boolean, eager=True)
        told = self._hashes[:before]
        if before:
            at = np.minimum(np.searchsorted(told, new), before - 1)
            is_told = pl.Series(told[at] == new)
        else:
            is_told = pl.repeat(value=False, n=new.size, dtype=pl.Boolean, eager=True)
        self._hashes[before : self._size] = np.sort(new)
        # Two sorted runs: merged in their place, with room for the shorter one.
        self._hashes[: self._size].sort(kind="stable")
        return is_told


def sample_rows(samples: pl.DataFrame, keys: Mapping[str, int]) -> pl.DataFrame:
    """Return the rows of the table of samples, in the order of what is given.

    These have an ``id`` and a ``site_id`` already.
    """
    places = samples["longitude"].to_numpy(), samples["latitude"].to_numpy()
    return samples.select(
        "id",
        public_ids(samples.height).alias("uid"),
        pl.lit(keys["dataset_id"]).alias("dataset_id"),
        pl.lit(keys["import_id"]).alias("import_id"),
        "site_id",
        pl.col("sample_code").alias("code"),
        points(*places).alias("geom"),
        *_AS_THEY_ARE,
    )


def points(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> pl.Series:
    """Return points as the database reads them: extended well-known binary, in hexadecimal."""
    words = np.empty((longitude.size, len(_POINT) + 16), np.uint8)
    words[:, : len(_POINT)] = np.frombuffer(_POINT, np.uint8)
    places = np.column_stack([longitude, latitude]).astype("<f8")
    words[:, len(_POINT) :] = places.view(np.uint8)
    return _hexadecimal(words)


def public_ids(number: int) -> pl.Series:
    """Return random UUIDs (version 4) that share their beginning.

    Their index then grows in one place, where it is at hand, and not in all of them.
    """
    words = np.frombuffer(os.urandom(16 * number), np.uint8).reshape(number, 16).copy()
    words[:, :_SHARED_BYTES] = np.frombuffer(os.urandom(_SHARED_BYTES), np.uint8)
    words[:, 6] = words[:, 6] & 0x0F | 0x40
    words[:, 8] = words[:, 8] & 0x3F | 0x80
    return _hexadecimal(words)


def _hexadecimal(words: NDArray[np.uint8]) -> pl.Series:
    """Return each row of bytes as a text."""
    digits = np.empty((words.shape[0], 2 * words.shape[1]), np.uint8)
    digits[:, 0::2] = _HEXADECIMAL[words >> 4]
    digits[:, 1::2] = _HEXADECIMAL[words & 15]
    width = digits.shape[1]
    text = digits.tobytes().decode("ascii")
    starts = range(0, len(text), width)
    return pl.Series([text[start : start + width] for start in starts], dtype=pl.String)

"""The array types of this package, and the checks every door makes."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidCoordinatesError, InvalidValuesError

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def as_coordinates(coordinates: ArrayLike) -> FloatArray:
    """
    Check and return places as a contiguous array.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Easting and northing in metres.

    Returns
    -------
    ndarray, shape (n, 2)
        The same places as C-ordered float64.

    Raises
    ------
    InvalidCoordinatesError
        Where the shape is another, or a number is missing or infinite.

    Examples
    --------
    >>> as_coordinates([[0, 1], [2, 3]]).dtype
    dtype('float64')
    """
    places = np.ascontiguousarray(coordinates, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != 2:
        raise InvalidCoordinatesError(
            f"Coordinates must be pairs of easting and northing; got an array of shape "
            f"{places.shape}."
        )
    bad = int(np.count_nonzero(~np.isfinite(places).all(axis=1)))
    if bad:
        raise InvalidCoordinatesError(
            f"{bad} of {len(places)} places have a missing or infinite coordinate; "
            "leave them out or correct them."
        )
    return places


def as_values(values: ArrayLike, count: int) -> FloatArray:
    """
    Check and return one value per place.

    Parameters
    ----------
    values : array_like, shape (n,)
        One number per place.
    count : int
        How many places there are.

    Returns
    -------
    ndarray, shape (n,)
        The same numbers as C-ordered float64.

    Raises
    ------
    InvalidValuesError
        Where the number of values differs from the number of places, or a value is missing or
        infinite.

    Examples
    --------
    >>> as_values([1, 2], 2)
    array([1., 2.])
    """
    numbers = np.ascontiguousarray(values, dtype=np.float64)
    if numbers.shape != (count,):
        raise InvalidValuesError(
            f"There must be one value per place: {count} places, values of shape {numbers.shape}."
        )
    bad = int(np.count_nonzero(~np.isfinite(numbers)))
    if bad:
        raise InvalidValuesError(
            f"{bad} of {count} values are missing (NaN) or infinite; leave those samples out. "
            "A result below its detection limit is not a missing value: treat it as censored."
        )
    return numbers


def array_sha256(bands: Mapping[str, NDArray[Any]]) -> str:
    """
    Return one hash over named arrays: their names, types, shapes and numbers.

    Files are not hashed, because two libraries pack the same numbers into different bytes.

    Parameters
    ----------
    bands : mapping of str to ndarray
        The arrays by name; their order does not matter.

    Returns
    -------
    str
        64 hexadecimal digits. Every NaN counts as the same NaN, and -0 as 0.

    Examples
    --------
    >>> first = array_sha256({"a": np.zeros(3), "b": np.ones(2)})
    >>> first == array_sha256({"b": np.ones(2), "a": np.zeros(3)})
    True
    >>> first == array_sha256({"a": np.zeros(3), "b": np.ones(3)})
    False
    """
    digest = hashlib.sha256()
    for name in sorted(bands):
        array = np.ascontiguousarray(bands[name])
        if np.issubdtype(array.dtype, np.floating):
            array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array + 0)
        little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name}|{little_endian.dtype.str}|{array.shape}|".encode())
        digest.update(little_endian.tobytes())
    return digest.hexdigest()

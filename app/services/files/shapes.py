"""Geometries as columns: what the database tells of them, and what formats take."""

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from app.services.features.reference import DEGREE_DIGITS

# The WKB of a point, before its two numbers.
_POINT_HEAD = np.frombuffer(b"\x01\x01\x00\x00\x00", np.uint8)
_POINT_BYTES = 21
# Degrees are told to this digit; further ones may be lost where they are multiplied.
_LAST_DIGIT = Decimal(1).scaleb(-DEGREE_DIGITS)
_NEARLY_HALF = 1e-3
# The texts of smaller numbers are of another make; up to the second the database writes exponents.
_SMALL, _TINY = 1e-4, 1e-8
_POINT = 0
Box = tuple[float, float, float, float]
# What `widened` begins with.
NOWHERE: Box = (np.inf, np.inf, -np.inf, -np.inf)
# Of a character of hexadecimal, its number.
_NUMBERS = np.zeros(256, np.uint8)
_NUMBERS[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


def points(x: pa.Array, y: pa.Array) -> pa.Array:
    """Return the WKB of points."""
    count = len(x)
    content = np.empty((count, _POINT_BYTES), np.uint8)
    content[:, :5] = _POINT_HEAD
    for start, column in ((5, x), (13, y)):
        numbers = column.to_numpy(zero_copy_only=False).astype("<f8")
        content[:, start : start + 8] = numbers.view(np.uint8).reshape(count, 8)
    offsets = np.arange(count + 1, dtype=np.int32) * _POINT_BYTES
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)


def places(wkb: pa.Array) -> NDArray[np.float64]:
    """Return longitudes and latitudes of points, an array (n, 2), of what `points` made."""
    content = np.frombuffer(wkb.buffers()[2], np.uint8)[: (wkb.offset + len(wkb)) * _POINT_BYTES]
    rows = content.reshape(-1, _POINT_BYTES)[wkb.offset :, 5:]
    return np.ascontiguousarray(rows).view("<f8")


def boxes_and_kinds(wkb: pa.Array, *, is_point: bool) -> tuple[NDArray[np.float64], set[int]]:
    """Return the box of each shape (west, south, east, north), NaN for none, and their kinds.

    Kinds are shapely's numbers.
    """
    if is_point:
        at = places(wkb)
        return np.hstack([at, at]), {_POINT}
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))
    known = shapes[shapes != None]  # noqa: E711
    return shapely.bounds(shapes), set(np.unique(shapely.get_type_id(known)).tolist())


def widened(total: Box, boxes: NDArray[np.float64]) -> Box:
    """Return the box that holds another one, and several of which some may be none."""
    known = boxes[~np.isnan(boxes[:, 0])]
    if not len(known):
        return total
    west, south = np.minimum(total[:2], known[:, :2].min(axis=0)).tolist()
    east, north = np.maximum(total[2:], known[:, 2:].max(axis=0)).tolist()
    return west, south, east, north


def outwards(boxes: NDArray[np.float64]) -> list[NDArray[np.float32]]:
    """Return the four sides in single precision, rounded so that none is passed over."""
    sides = []
    for exact, beyond in zip(boxes.T, (-np.inf, -np.inf, np.inf, np.inf), strict=True):
        near = exact.astype(np.float32)
        is_inside = near > exact if beyond < 0 else near < exact
        sides.append(np.where(is_inside, np.nextafter(near, np.float32(beyond)), near))
    return sides


def points_as_json(x: pa.Array, y: pa.Array) -> pa.Array:
    """Return points as GeoJSON, to the digits that pages tell."""
    told = [in_degrees(column.to_numpy(zero_copy_only=False)) for column in (x, y)]
    lead = '{"type":"Point","coordinates":['
    return pc.binary_join_element_wise(lead, told[0], ",", told[1], "]}", "")


def in_degrees(numbers: NDArray[np.float64]) -> pa.Array:
    """Return degrees as the text that pages tell; NaN is null."""
    # The quotient of two whole numbers is the number nearest to its decimals, so the shortest
    # text for it has no more of them. Nought has no sign.
    scale = 10.0**DEGREE_DIGITS
    scaled = numbers * scale
    told = pa.array(np.rint(scaled) / scale + 0.0, from_pandas=True).cast(pa.string())
    # Which way a half goes is known of the decimals alone, and small numbers are told otherwise.
    is_half = np.abs(scaled - np.floor(scaled) - 0.5) < _NEARLY_HALF
    is_small = (np.abs(numbers) < _SMALL) & (numbers != 0)
    others = is_half | is_small
    if not others.any():
        return told
    exact = pa.array([_one_in_degrees(number) for number in numbers[others].tolist()], pa.string())
    return pc.replace_with_mask(told, pa.array(others), exact)


def _one_in_degrees(number: float) -> str:
    """Return a number's text as the database makes it: of the fewest decimals that name it."""
    decimal = Decimal(repr(number))
    if abs(number) > _TINY:
        return f"{_rounded(decimal):f}"
    exponent = decimal.adjusted()
    return f"{_rounded(decimal.scaleb(-exponent)):f}e{exponent}"


def _rounded(decimal: Decimal) -> Decimal:
    # A half goes to the even digit; noughts at the end go.
    return decimal.quantize(_LAST_DIGIT, ROUND_HALF_EVEN).normalize()


def from_hexadecimal(told: pa.Array) -> pa.Array:
    """Return bytes that are told as pairs of small hexadecimal digits; null stays null."""
    _, offsets, content = told.buffers()
    ends = np.frombuffer(offsets, np.int32)[told.offset : told.offset + len(told) + 1]
    digits = _NUMBERS[np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]]]
    whole = digits[0::2] * np.uint8(16) + digits[1::2]
    halves = ((ends - ends[0]) // 2).astype(np.int32)
    valid = told.is_valid() if told.null_count else None
    mask = None if valid is None else np.packbits(valid.to_numpy(False), bitorder="little")
    buffers = [None if mask is None else pa.py_buffer(mask), pa.py_buffer(halves)]
    return pa.Array.from_buffers(pa.binary(), len(told), [*buffers, pa.py_buffer(whole)])

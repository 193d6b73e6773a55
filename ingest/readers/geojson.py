"""Reads GeoJSON feature by feature, with the numbers as they are written.

GDAL is not needed for it: reading the text here keeps every digit, names the feature at fault, and
refuses what JSON does not know (NaN, Infinity) and what nobody means (1e999, depth of 100,000).
"""

import io
import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from math import isfinite
from typing import Any

import numpy as np
import polars as pl
import shapely

from ingest.errors import IngestError
from ingest.findings import refusal
from ingest.options import ImportOptions, Limits
from ingest.readers.contract import Content, TableEntry, cell_column
from ingest.readers.features import Batch, FeatureTable

_CHUNK = 1 << 20
_LARGEST_FEATURE = 64 << 20
_LONGEST_NUMBER = 400
_PER_BATCH = 2000
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_EPSG = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:[\d.]*:?(\d{4,6})")
_DEGREES = re.compile(r"urn:ogc:def:crs:OGC:[\d.]*:CRS84|OGC:CRS84")
_KINDS = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


class _Text:
    """JSON text that is read as far as it is needed."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = stream
        self._text = ""
        self._place = 0
        self._is_over = False
        self.feature = 0
        self._decoder = json.JSONDecoder(
            parse_float=self._number, parse_int=self._number, parse_constant=self._constant
        )

    def sign(self) -> str:
        """Return the next sign that is no blank, without taking it."""
        while True:
            match = _SPACE.match(self._text, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._text) or not self._more():
                return self._text[self._place : self._place + 1]

    def take(self, expected: str) -> None:
        if self.sign() != expected:
            raise self._malformed(f'"{expected}" is missing')
        self._place += 1

    def value(self) -> Any:
        """Read one value, however many chunks it takes."""
        self.sign()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                if self._is_over:
                    raise self._malformed(error.msg) from error
            except RecursionError as error:
                raise refusal("json_too_deep", row=self._row, number=self.feature) from error
            else:
                # a number at the end of the chunk may go on in the next one
                if end < len(self._text) or self._is_over:
                    self._place = end
                    return value
            self._more()

    @property
    def _row(self) -> int | None:
        return self.feature or None

    def _more(self) -> bool:
        if len(self._text) - self._place > _LARGEST_FEATURE:
            raise refusal("json_malformed", row=self._row, number=self.feature, reason="no end")
        # twice as much as is there, lest a long value be tried over and over
        wanted = max(_CHUNK, len(self._text) - self._place)
        chunk = self._stream.read(wanted)
        self._text = self._text[self._place :] + chunk
        self._place = 0
        self._is_over = not chunk
        return bool(chunk)

    def _number(self, text: str) -> str:
        if len(text) > _LONGEST_NUMBER or not isfinite(float(text)):
            raise refusal("json_number", row=self._row, number=self.feature, text=text)
        return text

    def _constant(self, text: str) -> str:
        raise refusal("json_number", row=self._row, number=self.feature, text=text)

    def _malformed(self, reason: str) -> IngestError:
        return refusal("json_malformed", row=self._row, number=self.feature, reason=reason)


def list_geojson(content: Content, options: ImportOptions, limits: Limits) -> list[TableEntry]:
    """List the one table of a GeoJSON file.

    Parameters
    ----------
    content : Content
        The bytes.
    options : ImportOptions
        Not used.
    limits : Limits
        Bounds on rows, columns and vertices.

    Returns
    -------
    list of TableEntry
        One.
    """
    return [TableEntry("", partial(_open, content, limits))]


def _open(content: Content, limits: Limits) -> FeatureTable:
    """Open the file, having read it once: any feature may bring a new property."""
    columns: dict[str, None] = {}
    members: dict[str, Any] = {}
    for number, feature in enumerate(_features(content, members), 1):
        if number > limits.max_rows:
            raise refusal("too_many_rows", limit=limits.max_rows)
        columns.update(dict.fromkeys(feature.get("properties") or {}))
        if len(columns) > limits.max_columns:
            raise refusal("too_many_columns", number=len(columns), limit=limits.max_columns)
        _geometry(feature.get("geometry"), number)
    epsg = _epsg(members.get("crs"))
    batches = partial(_batches, content, tuple(columns))
    return FeatureTable(content.name, "geojson", tuple(columns), batches, epsg, limits)


def _features(content: Content, members: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the features; the other members of the collection are put into `members`."""
    with io.TextIOWrapper(content.open(), encoding="utf-8") as stream:
        text = _Text(stream)
        try:
            yield from _collection(text, members)
        except UnicodeDecodeError as error:
            raise refusal("encoding_wrong", encoding="utf-8", reason=error.reason) from error
    if members.get("features") is not True:
        raise refusal("content_not_table", found="JSON, but no GeoJSON FeatureCollection")


def _collection(text: _Text, members: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if text.sign() != "{":
        return
    text.take("{")
    while text.sign() != "}":
        name = text.value()
        text.take(":")
        if name == "features" and text.sign() == "[":
            members[name] = True
            yield from _elements(text)
        else:
            value = text.value()
            members[str(name)] = None if name == "features" else value
        if text.sign() != "}":
            text.take(",")


def _elements(text: _Text) -> Iterator[dict[str, Any]]:
    text.take("[")
    while text.sign() != "]":
        text.feature += 1
        feature = text.value()
        is_feature = isinstance(feature, dict)
        if not is_feature or not isinstance(feature.get("properties") or {}, dict):
            number = text.feature
            raise refusal("json_malformed", row=number, number=number, reason="it is no feature")
        yield feature
        if text.sign() != "]":
            text.take(",")
    text.take("]")
    text.feature = 0


def _batches(content: Content, columns: tuple[str, ...]) -> Iterator[Batch]:
    features = enumerate(_features(content, {}), 1)
    while chunk := list(islice(features, _PER_BATCH)):
        properties = [feature.get("properties") or {} for _, feature in chunk]
        cells = pl.DataFrame(
            [
                pl.Series(
                    cell_column(index), [_cell(each.get(name)) for each in properties], pl.String
                )
                for index, name in enumerate(columns)
            ]
        )
        if not columns:
            cells = pl.DataFrame({cell_column(0): [""] * len(chunk)}).select([])
        geometries = np.empty(len(chunk), dtype=object)
        for place, (number, feature) in enumerate(chunk):
            geometries[place] = _geometry(feature.get("geometry"), number)
        yield Batch(cells, geometries)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value, ensure_ascii=False)


def _geometry(written: Any, number: int) -> Any:
    if written is None:
        return None
    try:
        kind = written["type"]
        if kind not in _KINDS:
            raise ValueError(f"it is a {kind}")
        if kind == "Point":
            place = [float(each) for each in written["coordinates"]]
            return shapely.Point(place) if place else None
        shape = shapely.from_geojson(json.dumps(_as_numbers(written)))
    except (KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        reason = "its geometry cannot be read"
        raise refusal("json_malformed", row=number, number=number, reason=reason) from error
    return None if shape.is_empty else shape


def _as_numbers(written: dict[str, Any]) -> dict[str, Any]:
    def numbers(part: Any) -> Any:
        return [numbers(each) for each in part] if isinstance(part, list) else float(part)

    return {"type": written["type"], "coordinates": numbers(written["coordinates"])}


def _epsg(crs: Any) -> int | None:
    """Read the code of a reference system; without one, RFC 7946 means longitude and latitude.

    A member that states no plain code (a pipeline, a link) is not used; then the user is asked.
    """
    if crs is None:
        return 4326
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return None
    if _DEGREES.fullmatch(name):
        return 4326
    match = _EPSG.fullmatch(name)
    return int(match[1]) if match else None

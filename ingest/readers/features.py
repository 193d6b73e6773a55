"""Tables of features: cells from typed columns, coordinates or outlines from geometries."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyproj
import shapely

from ingest.findings import Finding, finding, refusal
from ingest.options import Limits
from ingest.readers.contract import ROW, Block, cell_column
from ingest.readers.header import refuse_faulty_header

Geometries = npt.NDArray[np.object_]

_GEOMETRY = "geometry"
_NESTED = (pl.List, pl.Struct, pl.Array, pl.Binary, pl.Object)
_LONGEST_CRS = 20_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Some features: String columns named by `cell_column`, and geometries if there are any."""

    cells: pl.DataFrame
    geometries: Geometries | None = None


class FeatureTable:
    """A table whose container states types and places, see `ingest.readers.contract.Table`.

    Rows are counted from 1. Geometries become ordinary columns: points two of coordinates, others
    one of well-known text. What they are is told by the first batch.

    Parameters
    ----------
    name : str
        The layer.
    kind : str
        The format.
    columns : sequence of str
        Names of the attributes.
    batches : callable
        Begins the reading anew.
    epsg : int or None
        The reference system that the file states.
    limits : Limits
        Bounds on rows, columns and vertices.
    """

    units: tuple[str | None, ...] | None = None
    preamble: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        kind: str,
        columns: Sequence[str],
        batches: Callable[[], Iterator[Batch]],
        epsg: int | None,
        limits: Limits,
    ) -> None:
        self.name = name
        self.epsg = epsg
        self.findings: tuple[Finding, ...] = ()
        self.description = {"format": kind, "rows_counted_from": "1"}
        if name:
            self.description["layer"] = name
        self._batches = batches
        self._limits = limits
        first = next(self._batches(), None)
        self.geometry_columns = _geometry_columns(first, epsg)
        # an attribute named like a coordinate must not be taken for one that was made here
        taken = {name.casefold() for name in self.geometry_columns}
        attributes = [
            f"{column}_attribute" if column.casefold() in taken else column for column in columns
        ]
        self.header = (*self.geometry_columns, *attributes)
        refuse_faulty_header(self.header, limits.max_columns)

    def blocks(self) -> Iterator[Block]:
        """Read the features from the first one on.

        Yields
        ------
        Block
            One batch; features whose geometry cannot be used are among its faults.

        Raises
        ------
        IngestError
            If there are too many.
        """
        row = 1
        for batch in self._batches():
            number = batch.cells.height
            if row + number - 1 > self._limits.max_rows:
                raise refusal("too_many_rows", limit=self._limits.max_rows)
            rows = np.arange(row, row + number, dtype=np.int64)
            yield self._block(batch, rows)
            row += number

    def _block(self, batch: Batch, rows: npt.NDArray[np.int64]) -> Block:
        made: list[pl.Series] = []
        faults: list[Finding] = []
        if self.geometry_columns and batch.geometries is not None:
            faults = _faults(batch.geometries, rows, self._limits)
            texts = _coordinate_texts if len(self.geometry_columns) == 2 else _outline_texts
            made = texts(batch.geometries, {fault.row for fault in faults}, rows)
        series = [*made, *batch.cells.get_columns()]
        named = [column.rename(cell_column(index)) for index, column in enumerate(series)]
        frame = pl.DataFrame([pl.Series(ROW, rows), *named])
        is_blank = frame.select(
            pl.all_horizontal(pl.all().exclude(ROW).str.strip_chars() == "")
        ).to_series()
        blank = tuple(frame[ROW].filter(is_blank))
        faults = [fault for fault in faults if fault.row not in blank]
        return Block(frame.filter(~is_blank), (), blank, tuple(faults))


def as_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Write typed columns as text: whole numbers without a fraction, dates in ISO form.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of any flat type.

    Returns
    -------
    polars.DataFrame
        String columns named by `cell_column`, missing values as empty texts.

    Raises
    ------
    IngestError
        If a column holds lists, records or binary data.

    Examples
    --------
    >>> as_cells(pl.DataFrame({"Pb": [5.0, 0.1, None], "ok": [True, False, None]})).rows()
    [('5', 'TRUE'), ('0.1', 'FALSE'), ('', '')]
    """
    texts = [_as_text(column) for column in frame.get_columns()]
    return pl.DataFrame(
        [text.fill_null("").alias(cell_column(index)) for index, text in enumerate(texts)]
    )


def _as_text(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype in _NESTED:
        raise refusal("column_nested", column=column.name)
    if dtype == pl.Boolean:
        return column.replace_strict({True: "TRUE", False: "FALSE"}, return_dtype=pl.String)
    texts = column.cast(pl.String)
    if dtype.is_float():
        return texts.str.replace(r"\.0$", "")
    if dtype == pl.Datetime:
        return texts.str.replace(r" 00:00:00(\.0+)?$", "")
    return texts


def epsg_of_wkt(wkt: str) -> int | None:
    """Find the EPSG code of a reference system; whatever else its text says is not used.

    Parameters
    ----------
    wkt : str
        Well-known text, or ``EPSG:`` and a code.

    Returns
    -------
    int or None
        None where it has none; pipelines, grids and files named in the text are never used.

    Examples
    --------
    >>> epsg_of_wkt("EPSG:28992"), epsg_of_wkt("+proj=longlat +nadgrids=@/etc/passwd")
    (28992, None)
    """
    text = wkt.strip()
    if text.upper().startswith("EPSG:"):
        code = text[5:]
        return int(code) if code.isdecimal() and len(code) < 8 else None
    if len(text) > _LONGEST_CRS or not text[:1].isalpha():
        return None
    try:
        code_found = pyproj.CRS.from_wkt(text).to_epsg()
    except pyproj.exceptions.CRSError:
        return None
    return code_found


def geometries_of(blobs: Sequence[bytes | None]) -> Geometries:
    """Read well-known binary; broken and empty ones are missing geometries.

    Parameters
    ----------
    blobs : sequence of bytes or None
        One per feature.

    Returns
    -------
    ndarray of object, shape (n,)
        Geometries or None.
    """
    read = shapely.from_wkb(np.array(list(blobs), dtype=object), on_invalid="ignore")
    geometries: Geometries = np.asarray(read, dtype=object)
    # an empty point or outline is no place
    geometries[shapely.is_empty(geometries)] = None
    return geometries


def _geometry_columns(first: Batch | None, epsg: int | None) -> tuple[str, ...]:
    if first is None or first.geometries is None:
        return ()
    kinds = set(shapely.get_type_id(first.geometries[~shapely.is_missing(first.geometries)]))
    if kinds - {0}:
        return (_GEOMETRY,)
    return ("longitude", "latitude") if _is_geographic(epsg) else ("easting", "northing")


def _is_geographic(epsg: int | None) -> bool:
    if epsg is None:
        return False
    try:
        return bool(pyproj.CRS.from_epsg(epsg).is_geographic)
    except pyproj.exceptions.CRSError:
        return False


def _faults(geometries: Geometries, rows: npt.NDArray[np.int64], limits: Limits) -> list[Finding]:
    """Find outlines with so many points that nothing more should be done with them."""
    points = shapely.get_num_coordinates(geometries)
    return [
        finding("geometry_too_large", row=int(row), limit=limits.max_vertices)
        for row in rows[points > limits.max_vertices]
    ]


def _coordinate_texts(geometries: Geometries, _: Any, __: Any) -> list[pl.Series]:
    # shapely answers NaN for what is no point: its coordinates are missing
    pairs = [shapely.get_x(geometries), shapely.get_y(geometries)]
    return [_as_text(pl.Series(values, nan_to_null=True)).fill_null("") for values in pairs]


def _outline_texts(
    geometries: Geometries, faulty: set[int | None], rows: npt.NDArray[np.int64]
) -> list[pl.Series]:
    texts = [
        "" if geometry is None or int(row) in faulty else shapely.to_wkt(geometry, -1)
        for geometry, row in zip(geometries, rows, strict=True)
    ]
    return [pl.Series(texts, dtype=pl.String)]

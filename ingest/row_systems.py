"""The reference system of each row: an EPSG code, a UTM zone, or the name of a datum."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ingest.columns import ColumnGuess
from ingest.errors import IngestError
from ingest.folding import squeeze
from ingest.readers.contract import cell_column
from ingest.reference_systems import reference_system

MEANINGS = ("epsg", "utm_zone", "hemisphere", "datum")
_EPSG = re.compile(r"(?:EPSG\s*:*\s*)?([0-9]{4,6})(?:\.0)?", re.IGNORECASE)
_ZONE = re.compile(
    r"(?:UTM)?\s*(?:zone)?\s*(?P<zone>[0-9]{1,2})(?:\.0)?\s*(?P<letter>[A-Z]|north|south)?",
    re.IGNORECASE,
)
_HEMISPHERES = {"n": "north", "north": "north", "s": "south", "south": "south"}


@dataclass(frozen=True, slots=True)
class Datum:
    """The EPSG codes of a datum: in degrees, and what UTM zones are added to."""

    degrees: int
    north: int | None = None
    south: int | None = None


_WGS84 = Datum(4326, 32600, 32700)
_NAD27 = Datum(4267, 26700)
_NAD83 = Datum(4269, 26900)
_ED50 = Datum(4230, 23000)
_ETRS89 = Datum(4258, 25800)
DATUMS = {
    "wgs84": _WGS84,
    "wgs1984": _WGS84,
    "worldgeodeticsystem1984": _WGS84,
    "nad27": _NAD27,
    "nad1927": _NAD27,
    "northamericandatum1927": _NAD27,
    "nad83": _NAD83,
    "nad1983": _NAD83,
    "northamericandatum1983": _NAD83,
    "ed50": _ED50,
    "europeandatum1950": _ED50,
    "etrs89": _ETRS89,
    "etrs1989": _ETRS89,
    "gda94": Datum(4283, None, 28300),
    "gda2020": Datum(7844, None, 7800),
    "sirgas2000": Datum(4674),
    "cgcs2000": Datum(4490),
}


class RowSystems:
    """Finds the reference system of every row.

    Parameters
    ----------
    columns : mapping of str to ColumnGuess
        The columns that tell it, by their meaning (`MEANINGS`).
    is_degrees : bool
        Whether the coordinates are in degrees.
    """

    def __init__(self, columns: Mapping[str, ColumnGuess], *, is_degrees: bool) -> None:
        self._columns = columns
        self._is_degrees = is_degrees
        self._known: dict[tuple[str, ...], int | None] = {}

    def read(self, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """Find the reference systems of n rows.

        Parameters
        ----------
        frame : polars.DataFrame
            Trimmed rows.

        Returns
        -------
        codes : polars.Series
            EPSG codes, shape (n,); null where there is none.
        texts : polars.Series
            What the row says, as text.
        """
        cells = frame.select(
            pl.col(cell_column(self._columns[name].index)).alias(name)
            if name in self._columns
            else pl.lit("").alias(name)
            for name in MEANINGS
        )
        distinct = cells.unique()
        found = distinct.with_columns(
            pl.Series("code", [self.find(*row) for row in distinct.rows()], dtype=pl.Int32)
        )
        joined = cells.join(found, on=list(MEANINGS), how="left", maintain_order="left")
        said = joined.select(
            pl.concat_str(
                [pl.when(pl.col(name) != "").then(name) for name in MEANINGS],
                separator=" ",
                ignore_nulls=True,
            )
        )
        return joined["code"], said.to_series()

    def find(self, epsg: str, zone: str, hemisphere: str, datum: str) -> int | None:
        """Find one reference system.

        Parameters
        ----------
        epsg, zone, hemisphere, datum : str
            What a row says, empty where it says nothing.

        Returns
        -------
        int or None
            The EPSG code; None if the row tells none, or not clearly.

        Examples
        --------
        >>> RowSystems({}, is_degrees=False).find("", "33U", "", "ETRS89")
        25833
        >>> RowSystems({}, is_degrees=True).find("", "", "", "NAD 27")
        4267
        """
        key = (epsg, zone, hemisphere, datum)
        if key not in self._known:
            self._known[key] = self._usable(self._settle(*key), is_stated=bool(epsg))
        return self._known[key]

    def _settle(self, epsg: str, zone: str, hemisphere: str, datum: str) -> int | None:
        if epsg:
            match = _EPSG.fullmatch(epsg)
            return int(match[1]) if match else None
        known = DATUMS.get(squeeze(datum)) if datum else _WGS84
        if known is None:
            return None
        if self._is_degrees:
            return known.degrees if datum else None
        match = _ZONE.fullmatch(zone)
        if match is None or not 1 <= int(match["zone"]) <= 60:
            return None
        side = _side(match["letter"] or "", hemisphere)
        base = {"north": known.north, "south": known.south}.get(side or "")
        return None if base is None else base + int(match["zone"])

    def _usable(self, code: int | None, *, is_stated: bool) -> int | None:
        if code is None:
            return None
        try:
            system = reference_system(code)
        except IngestError:
            return None
        # x and y may be degrees, where their row says so by its EPSG code
        is_fitting = system.is_geographic == self._is_degrees or (
            is_stated and system.is_geographic
        )
        return code if is_fitting else None


def _side(letter: str, hemisphere: str) -> str | None:
    """Tell north from south; S alone is a hemisphere to some and a band of the north to others."""
    if hemisphere:
        return _HEMISPHERES.get(hemisphere.casefold())
    letter = letter.casefold()
    if letter in {"north", "south"}:
        return letter
    if not letter or letter in "sabioyz":
        return None
    return "south" if letter < "n" else "north"

"""What the user states about a file, and the limits under which it is read."""

from collections import abc
from dataclasses import dataclass
from datetime import date

from ingest.mapping.model import Mapping


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Statements of the user that hold for the whole file; None means not stated.

    Attributes
    ----------
    epsg : int or None
        The coordinate reference system of the coordinates.
    country : str or None
        Where the places lie, as the two letters of ISO 3166-1; those outside are doubted.
    unit : str or None
        One unit for all contaminant columns whose header names none.
    encoding, separator, decimal : str or None
        How the text is written; found from the content when None.
    columns : mapping of str to str or None
        Column name to meaning: ``easting``, ``unused``, ``contaminant:zn``,
        ``contaminant:zn [mg/kg]``, ``contaminant:zn [mg/kg] (XRF)`` and so on. It wins over
        the mapping.
    mapping : Mapping or None
        How the file is understood; None to look for one that fits.
    format : str or None
        The name of a known format or of one of `saved`, which is to be used.
    saved : tuple of Mapping
        Saved mappings, looked through before the known formats.
    depth_upper_cm, depth_lower_cm : float or None
        The depth interval where the file has no depth column.
    sampled_from, sampled_to : datetime.date or None
        The period of sampling where the file has no date column.
    extraction, fraction : str or None
        Extraction and size fraction where the file names none.
    moisture_percent : float or None
        Water per wet mass (%) where the file gives none.
    sheet : str or None
        The sheet, layer or member of an archive to be read, where the file holds several.
    header_row : int or None
        The row with the names of the columns, from 1; it alone names them. Found when None.
    accept : frozenset of str
        Codes of findings whose suggested repair is to be applied.
    """

    epsg: int | None = None
    country: str | None = None
    unit: str | None = None
    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    columns: abc.Mapping[str, str] | None = None
    mapping: Mapping | None = None
    format: str | None = None
    saved: tuple[Mapping, ...] = ()
    depth_upper_cm: float | None = None
    depth_lower_cm: float | None = None
    sampled_from: date | None = None
    sampled_to: date | None = None
    extraction: str | None = None
    fraction: str | None = None
    moisture_percent: float | None = None
    sheet: str | None = None
    header_row: int | None = None
    accept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading.

    Attributes
    ----------
    wall_seconds : float
        Time until the reading process is killed, s.
    memory_bytes : int
        Memory for data.
    max_rows, max_columns, max_cells : int
        Of one table; the cells of a sheet are counted from A1 to its last used cell.
    max_inflated_bytes : int
        What an archive may inflate to.
    max_ratio : int
        How many times the size of the archive that may be, beyond some megabytes.
    max_in_memory_bytes : int
        Size of files that can only be read whole, such as workbooks.
    max_vertices : int
        Points of one line or polygon.
    block_characters : int
        About how much of a text is held at a time.
    """

    wall_seconds: float = 300.0
    memory_bytes: int = 4 << 30
    max_rows: int = 20_000_000
    max_columns: int = 512
    max_cells: int = 50_000_000
    max_inflated_bytes: int = 20 << 30
    max_ratio: int = 100
    max_in_memory_bytes: int = 512 << 20
    max_vertices: int = 100_000
    block_characters: int = 3 << 20

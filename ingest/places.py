"""The places of rows: coordinates parsed, checked against each other, repaired, transformed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.angles import PairOrder, find_pair_order, read_angles, split_pair
from ingest.coordinates import CoordinateColumns
from ingest.countries import Country
from ingest.country_checks import CountryCheck, Pair
from ingest.findings import FindingLog, finding, refusal
from ingest.folding import squeeze
from ingest.numbers import Decimal, parse_numbers
from ingest.packed import have_seconds, read_packed
from ingest.readers.contract import ROW, cell_column
from ingest.reference_systems import ReferenceSystem, reference_system, to_degrees
from ingest.repairs import Repairs
from ingest.rows import report

Degrees = npt.NDArray[np.float64]

_FEWEST = 5
_PACKED_NAME = re.compile(r"d?ddmm(?:ss)?|dms$|degminsec")
_SMALLEST_MARGIN_DEGREES = 1.0
_EXCHANGED = "longitude and latitude were exchanged"


@dataclass(frozen=True, slots=True)
class Places:
    """Places of n rows: degrees (EPSG:4326; NaN where faulty), numbers, and texts as written."""

    longitude: pl.Series
    latitude: pl.Series
    first: pl.Series
    second: pl.Series
    original: tuple[pl.Series, pl.Series]
    epsg: pl.Series


@dataclass(frozen=True, slots=True)
class Extent:
    """Where most places of a file lie (degrees), widened generously."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, longitude: pl.Series, latitude: pl.Series) -> "Extent":
        """Return the extent of the places between the 10 % and the 90 % quantile.

        Parameters
        ----------
        longitude, latitude : polars.Series
            Degrees, at least one of each.

        Returns
        -------
        Extent
            Widened by twice its size, and by one degree at least.

        Examples
        --------
        >>> Extent.of(pl.Series([5.0, 5.2]), pl.Series([50.0, 50.1])).contains(
        ...     pl.Series([5.9, 50.0]), pl.Series([50.5, 5.0])
        ... ).to_list()
        [True, False]
        """
        bounds = []
        for values in (longitude, latitude):
            low, high = (float(values.quantile(share) or 0.0) for share in (0.1, 0.9))
            margin = max(2.0 * (high - low), _SMALLEST_MARGIN_DEGREES)
            bounds.append((low - margin, high + margin))
        (west, east), (south, north) = bounds
        return cls(west, south, east, north)

    def contains(self, longitude: pl.Series, latitude: pl.Series) -> pl.Series:
        """Tell which places lie in the extent.

        Parameters
        ----------
        longitude, latitude : polars.Series
            Degrees, shape (n,).

        Returns
        -------
        polars.Series
            Booleans, shape (n,).
        """
        is_beside = (longitude >= self.west) & (longitude <= self.east)
        return is_beside & (latitude >= self.south) & (latitude <= self.north)


class PlaceReader:
    """Reads the coordinates of a file block by block.

    Parameters
    ----------
    columns : CoordinateColumns
        The columns and their reference system.
    decimal : {".", ","}
        The decimal sign.
    repairs : Repairs
        What the user accepted, and where findings go.
    cells : sequence of str
        Some cells of the first column, as evidence where it holds both coordinates.
    country : Country, optional
        Where all places are said to lie.

    Raises
    ------
    IngestError
        If one column holds both coordinates, now in this and now in that order.
    """

    def __init__(
        self,
        columns: CoordinateColumns,
        decimal: Decimal,
        repairs: Repairs,
        cells: Sequence[str] = (),
        country: Country | None = None,
    ) -> None:
        self.columns = columns
        self._decimal: Decimal = decimal
        self._repairs = repairs
        self._names = (columns.first.column, columns.second.column)
        self._is_degrees = columns.first.meaning not in {"easting", "northing"}
        self._extent: Extent | None = None
        self._are_metres_said = False
        self._is_packed = all(_PACKED_NAME.search(squeeze(name)) for name in self._names)
        self._has_seconds: bool | None = None
        self._is_packing_said = False
        self._country = (
            None
            if country is None
            else CountryCheck(country, repairs, are_degrees=self._is_degrees)
        )
        if columns.is_pair:
            self._order = _settle_order(columns.first.column, cells, decimal, repairs.log)

    def read(self, frame: pl.DataFrame) -> Places:
        """Parse, check, repair and transform the coordinates of n rows.

        Parameters
        ----------
        frame : polars.DataFrame
            Trimmed rows.

        Returns
        -------
        Places
            The places; every faulty row has an error in the log.
        """
        rows, texts = frame[ROW], self._texts(frame)
        codes = self._systems(frame)
        first, second = self._numbers(texts)
        first, second = self._unpacked(rows, texts, (first, second))
        if self._country is not None:
            to_degrees = self._degrees_of(codes)
            first, second = self._country.change_all(rows, (first, second), to_degrees)
        faults = _Faults(rows, texts, self.columns, self._repairs)
        is_good = first.is_not_null() & second.is_not_null()
        faults.not_numbers(first, second)
        is_nowhere = is_good & (first == 0) & (second == 0)
        if not faults.add("null_island", is_nowhere, 0, "the place at 0, 0 was kept"):
            is_good &= ~is_nowhere
        is_good &= codes.is_not_null()
        first, second, is_good = self._repaired(first, second, is_good, codes, faults)
        longitude, latitude = self._transform(first, second, codes, is_good)
        for code in codes.drop_nulls().unique(maintain_order=True):
            system = reference_system(code)
            is_here = is_good & (codes == code).fill_null(value=False)
            inside = pl.Series(system.contains(longitude, latitude))
            faults.add("outside_area_of_use", is_here & ~inside, 0, system=system)
        degrees = (pl.Series("longitude", longitude), pl.Series("latitude", latitude))
        return Places(*degrees, first, second, texts, codes)

    def _repaired(
        self,
        first: pl.Series,
        second: pl.Series,
        is_good: pl.Series,
        codes: pl.Series,
        faults: "_Faults",
    ) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Report doubtful coordinates and repair them where that was accepted."""
        if self._is_degrees:
            first, second, is_good = self._possible(first, second, is_good, faults)
        is_unsaid = is_good
        if self._country is not None:
            first, second, is_told = self._country.check_rows(
                (first, second), is_good, self._degrees_of(codes), faults.add
            )
            is_unsaid = is_good & ~is_told
        if self._is_degrees:
            first, second = self._probable(first, second, is_unsaid, faults)
        return first, second, is_good

    def _transform(
        self, first: pl.Series, second: pl.Series, codes: pl.Series, is_good: pl.Series
    ) -> tuple[Degrees, Degrees]:
        """Return the degrees of the rows of a mask, NaN elsewhere."""
        longitude, latitude = np.full((2, len(first)), np.nan)
        for code in codes.drop_nulls().unique(maintain_order=True):
            here = (is_good & (codes == code).fill_null(value=False)).to_numpy()
            # impossible numbers come back as infinity and are found outside the area of use
            longitude[here], latitude[here] = to_degrees(
                first.to_numpy()[here], second.to_numpy()[here], reference_system(code)
            )
        return longitude, latitude

    def _degrees_of(self, codes: pl.Series) -> Callable[[pl.Series, pl.Series], Pair]:
        """Return how numbers become degrees; a shift of the datum decides no country."""

        def degrees(first: pl.Series, second: pl.Series) -> Pair:
            if self._is_degrees:
                return first, second
            is_number = first.is_not_null() & second.is_not_null()
            longitude, latitude = self._transform(first, second, codes, is_number)
            return pl.Series(longitude), pl.Series(latitude)

        return degrees

    def _systems(self, frame: pl.DataFrame) -> pl.Series:
        """Return the EPSG code of each row; rows without one are reported."""
        by_row = self.columns.by_row
        if by_row is None:
            epsg = self.columns.system.epsg
            return pl.repeat(epsg, frame.height, dtype=pl.Int32, eager=True)
        codes, said = by_row.read(frame)
        is_unknown = codes.is_null()
        rows, texts = frame[ROW].filter(is_unknown), said.filter(is_unknown)
        report(self._repairs.log, "crs_unknown_in_row", rows, self._names[0], texts)
        return codes

    def _texts(self, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        first = frame[cell_column(self.columns.first.index)]
        if not self.columns.is_pair:
            return first, frame[cell_column(self.columns.second.index)]
        # what cannot be split is shown whole as the fault of both
        pairs = {t: split_pair(t, self._decimal) or (t, t) for t in first.unique()}
        parts = [
            first.replace_strict(list(pairs), [pair[which] for pair in pairs.values()])
            for which in (0, 1)
        ]
        return (parts[1], parts[0]) if self._order == "latitude first" else (parts[0], parts[1])

    def _numbers(self, texts: tuple[pl.Series, pl.Series]) -> tuple[pl.Series, pl.Series]:
        numbers = []
        for text, axis in zip(texts, ("longitude", "latitude"), strict=True):
            values = parse_numbers(text, self._decimal)
            is_odd = values.is_null() & (text != "")
            if self._is_degrees and is_odd.any():
                angles = read_angles(text.set(~is_odd, ""), self._decimal, axis)  # type: ignore[arg-type]
                values = values.zip_with(~is_odd, angles)
            numbers.append(values)
        return numbers[0], numbers[1]

    def _unpacked(self, rows: pl.Series, texts: tuple[pl.Series, pl.Series], numbers: Pair) -> Pair:
        """Read degrees, minutes and seconds written together, where names or the user say so."""
        first, second = numbers
        if not self._is_degrees or not (self._is_packed or _are_too_large(first, second)):
            return numbers
        if self._has_seconds is None:
            self._has_seconds = have_seconds(texts[1])
        found = [read_packed(t, self._decimal, has_seconds=self._has_seconds) for t in texts]
        is_packed = (
            found[0].is_not_null()
            & found[1].is_not_null()
            & (found[0].abs() <= 180)
            & (found[1].abs() <= 90)
        ).fill_null(value=False)
        if not self._is_packed:
            is_packed &= ((first.abs() > 180) | (second.abs() > 90)).fill_null(value=False)
            change = "both numbers were read as degrees, minutes and seconds written together"
            here, shown = rows.filter(is_packed), texts[1].filter(is_packed)
            code, name = "coordinates_packed", self._names[1]
            if not self._repairs.settle(code, here, name, shown, change):
                return numbers
        elif is_packed.any() and not self._is_packing_said:
            self._is_packing_said = True
            names = ", ".join(dict.fromkeys(self._names))
            self._repairs.log.add(finding("coordinates_unpacked", columns=names))
        keep = ~is_packed
        return first.zip_with(keep, found[0]), second.zip_with(keep, found[1])

    def _possible(
        self, longitude: pl.Series, latitude: pl.Series, is_good: pl.Series, faults: "_Faults"
    ) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Note impossible degrees; returns the degrees and a mask of the possible ones."""
        is_wide = is_good & (longitude.abs() > 180)
        is_high = is_good & (latitude.abs() > 90)
        others = is_good & ~(is_wide | is_high)
        self._suspect_metres(is_wide & is_high, is_good)
        is_swapped = is_high & (latitude.abs() <= 180) & (longitude.abs() <= 90)
        area: Extent | Country | None = self._extent
        if self._country is not None:
            area = self._country.country
        elif area is None and others.any():
            area = Extent.of(longitude.filter(others), latitude.filter(others))
        if area is not None:
            # a mistyped latitude is no exchange: the place must join the others of the file, or
            # lie in the country
            is_swapped &= area.contains(latitude, longitude).fill_null(value=False)
        faults.add("latitude_out_of_range", is_high & ~is_swapped, 1)
        faults.add("longitude_out_of_range", is_wide, 0)
        if not faults.add("coordinates_swapped", is_swapped, 1, _EXCHANGED):
            return longitude, latitude, others
        longitude, latitude = _exchanged(longitude, latitude, is_swapped)
        return longitude, latitude, others | is_swapped

    def _suspect_metres(self, is_neither: pl.Series, is_good: pl.Series) -> None:
        """Say once that most numbers can be no degrees at all, so that the system is wrong."""
        if self._are_metres_said or 2 * is_neither.sum() <= is_good.sum():
            return
        self._are_metres_said = True
        names = ", ".join(dict.fromkeys(self._names))
        self._repairs.log.add(finding("coordinates_not_degrees", columns=names))

    def _probable(
        self, longitude: pl.Series, latitude: pl.Series, is_good: pl.Series, faults: "_Faults"
    ) -> tuple[pl.Series, pl.Series]:
        """Point at places far from the others, and at repairs that would bring them there."""
        if self._extent is None and is_good.sum() >= _FEWEST:
            self._extent = Extent.of(longitude.filter(is_good), latitude.filter(is_good))
        extent = self._extent
        if extent is None:
            return longitude, latitude
        is_apart = is_good & ~extent.contains(longitude, latitude).fill_null(value=False)
        if not is_apart.any():
            return longitude, latitude
        is_swapped = is_apart & extent.contains(latitude, longitude)
        is_west = is_apart & ~is_swapped & extent.contains(-longitude, latitude)
        is_south = is_apart & ~(is_swapped | is_west) & extent.contains(longitude, -latitude)
        faults.add("place_far_away", is_apart & ~(is_swapped | is_west | is_south), 0)
        turned = "the sign of the {} was turned"
        if faults.add("coordinate_sign_lost", is_west, 0, turned.format("longitude")):
            longitude = longitude.zip_with(~is_west, -longitude)
        if faults.add("coordinate_sign_lost", is_south, 1, turned.format("latitude")):
            latitude = latitude.zip_with(~is_south, -latitude)
        if faults.add("coordinates_maybe_swapped", is_swapped, 0, _EXCHANGED):
            longitude, latitude = _exchanged(longitude, latitude, is_swapped)
        return longitude, latitude


class _Faults:
    """Findings on the coordinates of some rows, and which of them are repaired."""

    def __init__(
        self,
        rows: pl.Series,
        texts: tuple[pl.Series, pl.Series],
        columns: CoordinateColumns,
        repairs: Repairs,
    ) -> None:
        self._rows = rows
        self._texts = texts
        self._names = (columns.first.column, columns.second.column)
        self._system = columns.system
        self._repairs = repairs

    def add(
        self,
        code: str,
        is_faulty: pl.Series,
        which: int,
        change: str = "",
        system: ReferenceSystem | None = None,
        **details: object,
    ) -> bool:
        """Note a fault of the rows of a mask; returns whether to repair it."""
        system = system or self._system
        is_faulty = is_faulty.fill_null(value=False)
        rows, texts = self._rows.filter(is_faulty), self._texts[which].filter(is_faulty)
        return self._repairs.settle(
            code,
            rows,
            self._names[which],
            texts,
            change,
            **(
                {
                    "epsg": system.epsg,
                    "name": system.name,
                    "which": ("longitude", "latitude")[which],
                }
                | details
            ),
        )

    def not_numbers(self, *numbers: pl.Series) -> None:
        """Note coordinates that are missing or not understood."""
        for which, values in enumerate(numbers):
            is_empty = self._texts[which] == ""
            self.add("coordinate_missing", is_empty, which)
            self.add("coordinate_not_number", values.is_null() & ~is_empty, which)


def _are_too_large(longitude: pl.Series, latitude: pl.Series) -> bool:
    return bool(((longitude.abs() > 180) | (latitude.abs() > 90)).any())


def _exchanged(
    longitude: pl.Series, latitude: pl.Series, is_swapped: pl.Series
) -> tuple[pl.Series, pl.Series]:
    kept = ~is_swapped
    return longitude.zip_with(kept, latitude), latitude.zip_with(kept, longitude)


def _settle_order(
    column: str, cells: Sequence[str], decimal: Decimal, log: FindingLog
) -> PairOrder:
    """Tell which coordinate comes first: by letters and numbers, else by the column's name."""
    pairs = [pair for cell in cells if (pair := split_pair(cell, decimal)) is not None]
    order, is_contradictory = find_pair_order(pairs, decimal)
    if is_contradictory:
        raise refusal("coordinate_order_unclear", column=column)
    key = squeeze(column)
    if order is None and key.startswith("lat"):
        order = "latitude first"
    if order is None and key.startswith(("lon", "lng")):
        order = "longitude first"
    if order is not None:
        log.add(finding("coordinate_order_found", column=column, order=order))
        return order
    shown = next((cell for cell in cells if cell), "")
    log.add(finding("coordinate_order_assumed", column=column, text=shown))
    return "latitude first"

"""Places held against the stated country: row by row, and all rows of the file together."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ingest.countries import Country
from ingest.findings import finding
from ingest.repairs import Repairs

_FEWEST = 5
Pair = tuple[pl.Series, pl.Series]
ToDegrees = Callable[[pl.Series, pl.Series], Pair]


@dataclass(frozen=True, slots=True)
class _Change:
    """What may have happened to coordinates, and how it is taken back."""

    code: str
    file_code: str
    turned: str
    change: str
    apply: Callable[[pl.Series, pl.Series], Pair]
    needs_degrees: bool = True


_CHANGES = (
    _Change(
        "outside_country_swapped",
        "country_file_swapped",
        "both",
        "the two coordinates were exchanged",
        lambda first, second: (second, first),
        needs_degrees=False,
    ),
    _Change(
        "outside_country_sign",
        "country_file_sign_lost",
        "longitude",
        "the sign of the longitude was turned",
        lambda first, second: (-first, second),
    ),
    _Change(
        "outside_country_sign",
        "country_file_sign_lost",
        "latitude",
        "the sign of the latitude was turned",
        lambda first, second: (first, -second),
    ),
    _Change(
        "outside_country_sign",
        "country_file_sign_lost",
        "longitude and the latitude",
        "the signs of longitude and latitude were turned",
        lambda first, second: (-first, -second),
    ),
)


class CountryCheck:
    """Holds the coordinates of a file against the country stated for it.

    Parameters
    ----------
    country : Country
        The country.
    repairs : Repairs
        What the user accepted, and where findings on the whole file go.
    are_degrees : bool
        Whether the coordinates are degrees; those on a plane have no signs to lose.
    """

    def __init__(self, country: Country, repairs: Repairs, *, are_degrees: bool) -> None:
        self.country = country
        self._repairs = repairs
        self._changes = [one for one in _CHANGES if are_degrees or not one.needs_degrees]
        self._is_settled = False
        self._whole: _Change | None = None

    def change_all(self, rows: pl.Series, coordinates: Pair, to_degrees: ToDegrees) -> Pair:
        """Apply what was accepted for the whole file, looking for it in the first rows.

        Parameters
        ----------
        rows : polars.Series
            Row numbers, shape (n,).
        coordinates : tuple of polars.Series
            Numbers, null where they are none, shape (n,) each.
        to_degrees : callable
            From coordinates to longitude and latitude.

        Returns
        -------
        tuple of polars.Series
            The coordinates, changed where more than half of the first rows lie in the country
            only so and the user accepted it.
        """
        first, second = coordinates
        is_number = first.is_not_null() & second.is_not_null()
        if not self._is_settled and is_number.sum() >= _FEWEST:
            self._is_settled = True
            self._whole = self._found(first, second, int(is_number.sum()), to_degrees)
        if self._whole is None:
            return first, second
        self._repairs.log.note_repair(self._whole.file_code, rows.to_list())
        return self._whole.apply(first, second)

    def check_rows(
        self,
        coordinates: Pair,
        is_good: pl.Series,
        to_degrees: ToDegrees,
        report: Callable[..., bool],
    ) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Report rows outside the country, and repair those whose repair was accepted.

        Parameters
        ----------
        coordinates : tuple of polars.Series
            Numbers, shape (n,) each.
        is_good : polars.Series
            Which rows to look at, shape (n,).
        to_degrees : callable
            From coordinates to longitude and latitude.
        report : callable
            Notes a fault of some rows and says whether to repair it.

        Returns
        -------
        first, second : polars.Series
            The coordinates.
        is_told : polars.Series
            Rows that were reported, as they are or as they were.
        """
        first, second = coordinates
        is_outside = is_good & ~self.country.contains(*to_degrees(first, second))
        is_told = is_outside
        for change in self._changes if is_outside.any() else ():
            changed = change.apply(*coordinates)
            is_inside = is_outside & self.country.contains(*to_degrees(*changed))
            is_outside &= ~is_inside
            code, turned = self.country.code, change.turned
            if report(change.code, is_inside, 0, change.change, country=code, turned=turned):
                first = first.zip_with(~is_inside, changed[0])
                second = second.zip_with(~is_inside, changed[1])
        report("outside_country", is_outside, 0, country=self.country.code)
        return first, second, is_told

    def _found(
        self,
        first: pl.Series,
        second: pl.Series,
        number: int,
        to_degrees: ToDegrees,
    ) -> _Change | None:
        """Say which change would bring most rows into the country; return it where accepted."""
        is_inside = self.country.contains(*to_degrees(first, second))
        brought = [
            int((self.country.contains(*to_degrees(*one.apply(first, second))) & ~is_inside).sum())
            for one in self._changes
        ]
        most = max(brought)
        if 2 * most <= number:
            return None
        change = self._changes[brought.index(most)]
        if self._repairs.is_accepted(change.file_code):
            said = f"in all rows {change.change}"
            applied = finding("repair_applied", accepted=change.file_code, change=said)
            self._repairs.log.add(applied)
            return change
        share = f"{100 * most / number:.0f}"
        code, turned = self.country.code, change.turned
        self._repairs.log.add(finding(change.file_code, country=code, turned=turned, share=share))
        return None

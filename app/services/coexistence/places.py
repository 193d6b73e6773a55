"""From results to one row per place, with what each contaminant does there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.db.models import Contaminant
from app.errors import Unprocessable
from app.services.coexistence.order import CoexistenceOrder
from app.services.hotspots.threshold import Measured, Threshold, resolve_value
from app.services.registries import find_contaminant
from app.services.surfaces.selection import Selection, select_results
from spatial.mixtures.groups import Group, count_groups
from spatial.mixtures.pairs import Pair, compare_pairs, exceedance_flags, kendall_tau_b
from spatial.mixtures.table import Table, tabulate


@dataclass(frozen=True)
class Looked:
    """One contaminant: its results, and the value they are held against."""

    contaminant: Contaminant
    selection: Selection
    threshold: Threshold


@dataclass(frozen=True)
class Together:
    """What several contaminants do at the places where they were measured."""

    contaminants: tuple[Looked, ...]
    longitudes: NDArray[np.float64]
    latitudes: NDArray[np.float64]
    # One row per place, one column per contaminant.
    table: Table
    flags: NDArray[np.int8]
    pairs: tuple[Pair, ...]
    # Of each pair, with the number of places where both were measured.
    taus: tuple[tuple[float | None, int], ...]
    groups: tuple[Group, ...]

    @property
    def codes(self) -> list[str]:
        """The contaminants."""
        return [one.contaminant.code for one in self.contaminants]


def collect(
    session: Session, order: CoexistenceOrder, visible: Sequence[int], *, with_private: bool
) -> tuple[Looked, ...]:
    """Return the results of each contaminant, of visible data sets alone, and their value.

    Raises
    ------
    InvalidRequest, NotFound, Unprocessable
        What cannot be meant, and what cannot be answered, with what would help.
    """
    found = []
    for part in order.parts(session, with_private=with_private):
        contaminant = find_contaminant(session, part.contaminant)
        wanted = order.selection(contaminant.code)
        selection = select_results(session, wanted, contaminant, visible)
        measured = Measured(
            contaminant.code,
            selection.unit,
            frozenset(selection.extractions),
            wanted,
            with_private,
        )
        try:
            threshold = resolve_value(session, part, measured)
        except Unprocessable as error:
            message = f"{contaminant.name_en}: {error.message}"
            raise Unprocessable(message, **error.details) from error
        found.append(Looked(contaminant, selection, threshold))
    return tuple(found)


def put_together(contaminants: tuple[Looked, ...]) -> Together:
    """Return which contaminants exceed together; what it takes is in memory.

    Results at one place are one value, their mean, with half the limit for those below it.
    """
    selections = [one.selection for one in contaminants]
    degrees = [np.column_stack((one.longitudes, one.latitudes)) for one in selections]
    places, place = np.unique(np.concatenate(degrees), axis=0, return_inverse=True)
    edges = np.cumsum([len(one.values) for one in selections])[:-1]
    rows = np.split(place.ravel().astype(np.int64), edges)
    values = [one.values for one in selections]
    table = tabulate(rows, values, [one.is_censored for one in selections], len(places))
    flags = np.column_stack(
        [
            exceedance_flags(table.values[:, j], table.is_censored[:, j], one.threshold.value)
            for j, one in enumerate(contaminants)
        ]
    )
    codes = [one.contaminant.code for one in contaminants]
    pairs = compare_pairs(codes, flags)
    return Together(
        contaminants,
        places[:, 0],
        places[:, 1],
        table,
        flags,
        pairs,
        tuple(_tau(table, codes.index(pair.first), codes.index(pair.second)) for pair in pairs),
        count_groups(codes, flags),
    )


def _tau(table: Table, first: int, second: int) -> tuple[float | None, int]:
    """Return tau-b where both were measured, and at how many places that is."""
    is_shared = ~np.isnan(table.values[:, [first, second]]).any(axis=1)
    values, silent = table.values[is_shared], table.is_censored[is_shared]
    tau = kendall_tau_b(values[:, first], values[:, second], silent[:, first], silent[:, second])
    return tau, int(is_shared.sum())

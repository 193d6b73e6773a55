"""Hotspots as the highest share of a surface's cells, or of the places sampled."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spatial.errors import CensoredValuesError, InvalidRequestError, TooFewPlacesError
from spatial.hotspots.clusters import FEWEST_PLACES
from spatial.hotspots.contract import Evidence, Marked, Reason, Surface
from spatial.hotspots.samples import all_of_place
from spatial.hotspots.weights import mark_nearest, typical_spacing

UNKNOWN = Reason(
    "undecidable",
    "limit_above_cut",
    "The nearest results lie below a detection limit above the value from which on places belong "
    "to the highest",
)


@dataclass(frozen=True, slots=True)
class Percentile:
    """
    The highest share, whatever its values are.

    Parameters
    ----------
    share : float
        Which share, such as 0.05 for the highest 5 %.
    of : {"surface", "samples"}
        Of the cells of a surface by its median (or only estimate), or of the places sampled.
    reach : float, optional
        How far a place speaks for the cells around it (m); twice the median distance between
        neighbouring places when absent.
    """

    share: float = 0.05
    of: Literal["surface", "samples"] = "surface"
    reach: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise InvalidRequestError(
                f"share lies between 0 and 1, such as 0.05 for the highest 5 %; got {self.share}."
            )
        if self.of not in {"surface", "samples"}:
            raise InvalidRequestError(f"of is surface or samples; got {self.of!r}.")
        if self.reach is not None and not 0.0 < self.reach < np.inf:
            raise InvalidRequestError(f"reach must be above 0 m; got {self.reach}.")
        if self.reach is not None and self.of == "surface":
            raise InvalidRequestError("reach belongs to samples; cells of a surface have none.")

    def bands(self, surface: Surface) -> tuple[str, ...]:
        """
        Return the bands it needs.

        Parameters
        ----------
        surface : Surface
            One with concentrations, where these are asked for.

        Returns
        -------
        tuple of str
            That of the concentration; none for samples.

        Raises
        ------
        NoQuantityError
            Where the surface has no concentrations.
        """
        return () if self.of == "samples" else surface.distribution.concentration().bands

    def mark(self, evidence: Evidence) -> Marked:
        """
        Mark the highest share.

        Parameters
        ----------
        evidence : Evidence
            With a surface's band, or samples.

        Returns
        -------
        Marked
            Highest, and undecidable for samples.
        """
        return self._of_samples(evidence) if self.of == "samples" else self._of_surface(evidence)

    def _of_surface(self, evidence: Evidence) -> Marked:
        """Mark the highest cells."""
        if evidence.surface is None:
            raise InvalidRequestError(
                "The highest cells need a surface; build one, or ask of=samples."
            )
        estimate = evidence.surface.distribution.concentration().of(evidence.bands)
        known = estimate[~np.isnan(estimate)]
        if not len(known):
            raise InvalidRequestError("The surface has no cells with an estimate.")
        cut = float(np.quantile(known, 1.0 - self.share))
        reason = Reason(
            "highest",
            "highest_share_of_cells",
            f"The estimate lies among the highest {self.share:.3g} of all cells, {cut:.4g} or "
            "more; this says nothing of a guideline value",
        )
        notes = {"of": "surface", "cut": cut, "estimate": evidence.surface.distribution.map_title}
        return Marked(
            (estimate >= cut).astype(np.int64), (reason,), estimate, "concentration", notes
        )

    def _of_samples(self, evidence: Evidence) -> Marked:
        """Mark the cells nearest to the highest places."""
        samples = evidence.samples
        if samples.is_censored.all():
            raise CensoredValuesError(
                f"All {len(samples.values)} results lie below their detection limit, so none is "
                "known to be higher than another. Choose data sets with values, or lower limits."
            )
        places, place = samples.places()
        if len(places) < FEWEST_PLACES:
            raise TooFewPlacesError(
                f"There are {len(places)} separate places; a share of them needs {FEWEST_PLACES}. "
                "Add data sets, or widen the selection."
            )
        counts = np.bincount(place)
        means = np.bincount(place, weights=samples.halved) / counts
        detected = ~all_of_place(samples.is_censored, place, len(places))
        cut = float(np.quantile(means, 1.0 - self.share))
        silent = all_of_place(samples.is_undecidable(cut), place, len(places))
        kinds = np.where(silent, 2, ((means >= cut) & detected).astype(np.int64))
        reach = self.reach or 2.0 * typical_spacing(places)
        nearest = mark_nearest(evidence.grid.cell_centres(), places, kinds > 0, reach)
        is_near = nearest >= 0
        shape = evidence.grid.shape
        reason = Reason(
            "highest",
            "highest_share_of_places",
            f"The nearest place is among the highest {self.share:.3g} of all places, {cut:.4g} or "
            "more; this says nothing of a guideline value",
        )
        return Marked(
            np.where(is_near, kinds[nearest], 0).reshape(shape),
            (reason, UNKNOWN),
            np.where(is_near, means[nearest], np.nan).reshape(shape),
            "concentration",
            {
                "of": "samples",
                "cut": cut,
                "places": len(places),
                "reach_m": reach,
                "cells": f"those within {reach:g} m whose nearest place is such a place",
                "value_of_a_place": "mean of its results, half the limit for those below it",
            },
            undecidable_above=cut,
        )

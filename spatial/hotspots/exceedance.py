"""Hotspots where a guideline value is exceeded with a stated probability: P(z > T) at points."""

from dataclasses import dataclass, field

from spatial.errors import NoProbabilityError
from spatial.exceedance import check_threshold
from spatial.hotspots.classes import Fractions, undecidable_cells
from spatial.hotspots.contract import Evidence, Marked, Surface


@dataclass(frozen=True, slots=True)
class Exceedance:
    """
    Cells by the probability that a point in them lies above a guideline value.

    Parameters
    ----------
    threshold : float
        The guideline value T.
    fractions : Fractions
        Where the classes begin.
    """

    threshold: float
    fractions: Fractions = field(default_factory=Fractions)

    def __post_init__(self) -> None:
        check_threshold(self.threshold)

    def bands(self, surface: Surface) -> tuple[str, ...]:
        """
        Return the bands it needs.

        Parameters
        ----------
        surface : Surface
            One at point support that has a probability of exceeding this threshold.

        Returns
        -------
        tuple of str
            Those of the probability.

        Raises
        ------
        NoProbabilityError
            Where it has none, or speaks of blocks.
        """
        if surface.support != "point":
            raise NoProbabilityError(
                "This surface speaks of the means of blocks and not of points. Ask for the "
                "definition block-mean, or build a surface with method ordinary_kriging."
            )
        return surface.distribution.probability(self.threshold).bands

    def mark(self, evidence: Evidence) -> Marked:
        """
        Classify the cells.

        Parameters
        ----------
        evidence : Evidence
            With a surface and its bands.

        Returns
        -------
        Marked
            Likely, possible, cannot be ruled out, undecidable.
        """
        if evidence.surface is None:
            raise NoProbabilityError(
                "A probability of exceedance is read from a surface; build one first."
            )
        probability = evidence.surface.distribution.probability(self.threshold).of(evidence.bands)
        share = self.fractions.undecidable_variance
        kinds = self.fractions.classify(
            probability, undecidable_cells(evidence, self.threshold, share)
        )
        return Marked(
            kinds,
            self.fractions.reasons(f"a concentration above {self.threshold:g}"),
            probability,
            "probability",
            {"support": "point", "sill": evidence.surface.sill},
            undecidable_above=self.threshold,
        )

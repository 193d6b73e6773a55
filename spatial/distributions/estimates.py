"""The family none: an estimate without any uncertainty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from spatial.distributions.contract import Family, Quantity, single_band
from spatial.errors import NoProbabilityError, NoQuantityError


@dataclass(frozen=True, slots=True)
class Estimates:
    """
    Estimates of a method without a distribution.

    Parameters
    ----------
    method : str
        The method, for the sentence of a refusal.

    Examples
    --------
    >>> Estimates("nearest").probability(300.0)
    Traceback (most recent call last):
        ...
    spatial.errors.NoProbabilityError: This surface was made by nearest, which has no \
uncertainty, so no probability can be given. Build one with method ordinary_kriging.
    """

    method: str

    family: ClassVar[Family] = "none"
    thresholds: ClassVar[tuple[float, ...]] = ()
    band_names: ClassVar[tuple[str, ...]] = ("value",)
    plain_bands: ClassVar[tuple[str, ...]] = band_names
    map_title: ClassVar[str] = "estimate"
    spread_scale: ClassVar[str] = "none"

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """
        Return the distribution a model card describes.

        Parameters
        ----------
        card : mapping
            Its method is used.

        Returns
        -------
        Estimates
            For the refusals.
        """
        return cls(card["method"])

    def band_units(self, unit: str) -> dict[str, str]:
        """
        Return the unit of each band.

        Parameters
        ----------
        unit : str
            The concentration's.

        Returns
        -------
        dict of str
            By band.
        """
        return dict.fromkeys(self.band_names, unit)

    def concentration(self) -> Quantity:
        """
        Return what a map of concentrations shows.

        Returns
        -------
        Quantity
            The estimate.
        """
        return single_band("value")

    def median(self) -> NoReturn:
        """Refuse: an estimate is no median."""
        self._refuse("median")

    def mean(self) -> NoReturn:
        """Refuse: an estimate is no mean."""
        self._refuse("mean")

    def quantile(self, probability: float) -> NoReturn:
        """
        Refuse: there are no quantiles.

        Parameters
        ----------
        probability : float
            Whatever.
        """
        self._refuse("quantile")

    def probability(self, threshold: float) -> NoReturn:
        """
        Refuse: there is no probability.

        Parameters
        ----------
        threshold : float
            Whatever.

        Raises
        ------
        NoProbabilityError
            Always.
        """
        raise NoProbabilityError(self._sentence("probability"))

    def sampling_error(self, threshold: float) -> NoReturn:
        """
        Refuse: there is no probability.

        Parameters
        ----------
        threshold : float
            Whatever.
        """
        self.probability(threshold)

    def spread(self) -> NoReturn:
        """Refuse: there is no uncertainty."""
        self._refuse("standard deviation")

    def peaks(self) -> NoReturn:
        """Refuse: there is no probability."""
        self.probability(0.0)

    def _refuse(self, what: str) -> NoReturn:
        """
        Refuse.

        Parameters
        ----------
        what : str
            What was asked for.
        """
        raise NoQuantityError(self._sentence(what))

    def _sentence(self, what: str) -> str:
        """
        Return why not, and what would help.

        Parameters
        ----------
        what : str
            What was asked for.

        Returns
        -------
        str
            For an analyst.
        """
        return (
            f"This surface was made by {self.method}, which has no uncertainty, so no {what} can "
            "be given. Build one with method ordinary_kriging."
        )

"""The family thresholds: probabilities at stated thresholds, and nothing between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

import numpy as np

from spatial.distributions.contract import Family, Quantity, single_band
from spatial.distributions.peaks import Peaks
from spatial.errors import NoProbabilityError, NoQuantityError


def probability_band(threshold: float) -> str:
    """
    Return the name of the band of a threshold.

    Parameters
    ----------
    threshold : float
        The guideline value T.

    Returns
    -------
    str
        All digits that tell two thresholds apart.

    Examples
    --------
    >>> probability_band(200.0), probability_band(0.3)
    ('probability_200', 'probability_0.3')
    """
    return f"probability_{threshold:.15g}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """
    Probabilities of exceedance at stated thresholds.

    Parameters
    ----------
    thresholds : tuple of float
        Guideline values, rising.

    Examples
    --------
    >>> surface = Thresholds((200.0, 500.0))
    >>> surface.probability(200.0).bands
    ('probability_200',)
    >>> surface.probability(300.0)
    Traceback (most recent call last):
        ...
    spatial.errors.NoProbabilityError: This surface knows the probability of more than 200 and 500 \
only, and nothing between; 300 is none of them. Build one with that threshold, or one with method \
ordinary_kriging, which answers for any.
    """

    thresholds: tuple[float, ...]

    family: ClassVar[Family] = "thresholds"
    # There is no map of concentrations.
    map_title: ClassVar[str] = ""
    spread_scale: ClassVar[str] = "none"

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """
        Return the distribution a model card describes.

        Parameters
        ----------
        card : mapping
            The thresholds of its distribution are used.

        Returns
        -------
        Thresholds
            Of these.
        """
        return cls(tuple(float(threshold) for threshold in card["distribution"]["thresholds"]))

    @property
    def band_names(self) -> tuple[str, ...]:
        """One band per threshold."""
        return tuple(probability_band(threshold) for threshold in self.thresholds)

    @property
    def plain_bands(self) -> tuple[str, ...]:
        """All of them."""
        return self.band_names

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
        return dict.fromkeys(self.band_names, "1")

    def concentration(self) -> NoReturn:
        """Refuse: there is no map of concentrations."""
        self._refuse("concentration")

    def median(self) -> NoReturn:
        """Refuse: it lies somewhere between two thresholds."""
        self._refuse("median")

    def mean(self) -> NoReturn:
        """Refuse: it is not known."""
        self._refuse("mean")

    def quantile(self, probability: float) -> NoReturn:
        """
        Refuse: it lies somewhere between two thresholds.

        Parameters
        ----------
        probability : float
            Whatever.
        """
        self._refuse("quantile")

    def probability(self, threshold: float) -> Quantity:
        """
        Return the probability of exceedance at a stated threshold.

        Parameters
        ----------
        threshold : float
            One of the thresholds.

        Returns
        -------
        Quantity
            P(z > T).

        Raises
        ------
        NoProbabilityError
            For any other threshold.
        """
        if threshold not in self.thresholds:
            raise NoProbabilityError(
                f"This surface knows the probability of more than {self._listed()} only, and "
                f"nothing between; {threshold:.15g} is none of them. Build one with that "
                "threshold, or one with method ordinary_kriging, which answers for any."
            )
        return single_band(probability_band(threshold))

    def sampling_error(self, threshold: float) -> None:
        """
        Return nothing: the probability is estimated and not counted.

        Parameters
        ----------
        threshold : float
            One of the thresholds.
        """
        self.probability(threshold)

    def spread(self) -> NoReturn:
        """Refuse: it is not known."""
        self._refuse("standard deviation")

    def peaks(self) -> Peaks:
        """
        Return how many cells become one: by the highest probability at each threshold.

        Returns
        -------
        Peaks
            For maps seen from afar.
        """
        return Peaks(self.band_names, Quantity(self.band_names, np.stack), self.probability)

    def _listed(self) -> str:
        """
        Return the thresholds as words.

        Returns
        -------
        str
            Joined by commas and an ``and``.
        """
        words = [f"{threshold:.15g}" for threshold in self.thresholds]
        return " and ".join([", ".join(words[:-1]), words[-1]] if words[:-1] else words)

    def _refuse(self, what: str) -> NoReturn:
        """
        Refuse.

        Parameters
        ----------
        what : str
            What was asked for.
        """
        raise NoQuantityError(
            f"This surface knows the probability of more than {self._listed()} only, and no {what}."
            " Build one with method ordinary_kriging or simulation."
        )

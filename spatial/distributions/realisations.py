"""The family realisations: surfaces that could all be true, of which shares are counted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from spatial.arrays import FloatArray
from spatial.distributions.contract import Family, Quantity, single_band
from spatial.distributions.peaks import PEAK_SHARES, Peaks, counted_probability, peak_band
from spatial.exceedance import check_threshold
from spatial.interpolation.transforms.contract import normal_quantile


def realisation_band(number: int) -> str:
    """
    Return the name of the band of a realisation.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    str
        Counted from 1.

    Examples
    --------
    >>> realisation_band(0)
    'realisation_1'
    """
    return f"realisation_{number + 1}"


@dataclass(frozen=True, slots=True)
class Realisations:
    """
    A distribution known by draws of it.

    Parameters
    ----------
    count : int
        How many realisations there are.

    Notes
    -----
    The standard error of a share p of N is that of Agresti & Coull (1998): p is taken as
    (Np + 2)/(N + 4), so that it is not nought where all or none exceed.

    Examples
    --------
    >>> surface = Realisations(4)
    >>> cells = {realisation_band(i): [value] for i, value in enumerate([1.0, 2.0, 3.0, 9.0])}
    >>> surface.probability(2.5).of(cells), surface.sampling_error(2.5).of(cells).round(3)
    (array([0.5]), array([0.177]))
    """

    count: int

    family: ClassVar[Family] = "realisations"
    thresholds: ClassVar[None] = None
    plain_bands: ClassVar[tuple[str, ...]] = ("median", "mean")
    map_title: ClassVar[str] = "median"
    spread_scale: ClassVar[str] = "none"

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """
        Return the distribution a model card describes.

        Parameters
        ----------
        card : mapping
            The number of realisations of its distribution is used.

        Returns
        -------
        Realisations
            So many.
        """
        return cls(int(card["distribution"]["realisations"]))

    @property
    def drawn(self) -> tuple[str, ...]:
        """The bands of the realisations."""
        return tuple(realisation_band(number) for number in range(self.count))

    @property
    def band_names(self) -> tuple[str, ...]:
        """Median and mean, then the realisations."""
        return (*self.plain_bands, *self.drawn)

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
            The median.
        """
        return self.median()

    def median(self) -> Quantity:
        """
        Return the median of the realisations.

        Returns
        -------
        Quantity
            Concentrations.
        """
        return single_band("median")

    def mean(self) -> Quantity:
        """
        Return the mean of the realisations.

        Returns
        -------
        Quantity
            Concentrations.
        """
        return single_band("mean")

    def quantile(self, probability: float) -> Quantity:
        """
        Return a quantile of the realisations.

        Parameters
        ----------
        probability : float
            Between 0 and 1.

        Returns
        -------
        Quantity
            Concentrations, linear between two realisations.

        Raises
        ------
        InvalidRequestError
            Where it does not lie between 0 and 1.
        """
        normal_quantile(probability)

        def calculate(bands: Sequence[FloatArray]) -> FloatArray:
            return np.asarray(np.quantile(np.stack(bands), probability, axis=0), np.float64)

        return Quantity(self.drawn, calculate)

    def probability(self, threshold: float) -> Quantity:
        """
        Return the share of realisations above a threshold.

        Parameters
        ----------
        threshold : float
            Any T.

        Returns
        -------
        Quantity
            P(z > T).

        Raises
        ------
        InvalidRequestError
            Where the threshold is not a finite number.
        """
        check_threshold(threshold)

        def calculate(bands: Sequence[FloatArray]) -> FloatArray:
            above = np.zeros(np.shape(bands[0]))
            for band in bands:
                above += band > threshold
            return np.asarray(np.where(np.isnan(bands[0]), np.nan, above / len(bands)))

        return Quantity(self.drawn, calculate)

    def sampling_error(self, threshold: float) -> Quantity:
        """
        Return the standard error of the share, for there are only so many realisations.

        Parameters
        ----------
        threshold : float
            Any T.

        Returns
        -------
        Quantity
            On the scale of the probability.
        """
        share = self.probability(threshold)

        def calculate(bands: Sequence[FloatArray]) -> FloatArray:
            adjusted = (share.calculate(bands) * self.count + 2.0) / (self.count + 4.0)
            return np.asarray(np.sqrt(adjusted * (1.0 - adjusted) / (self.count + 4.0)))

        return Quantity(share.bands, calculate)

    def spread(self) -> Quantity:
        """
        Return the standard deviation of the realisations.

        Returns
        -------
        Quantity
            In the concentration's unit.
        """

        def calculate(bands: Sequence[FloatArray]) -> FloatArray:
            return np.asarray(np.std(np.stack(bands), axis=0, ddof=1), np.float64)

        return Quantity(self.drawn, calculate)

    def peaks(self) -> Peaks:
        """
        Return how many cells become one: by the highest value that a share of draws reaches.

        Returns
        -------
        Peaks
            For maps seen from afar.
        """
        names = tuple(peak_band(share) for share in PEAK_SHARES)
        # The share p of N lies above T where the ceil(pN)-th highest does; 1e-9 for 0.2 · 5 = 1.
        ranks = [self.count - math.ceil(share * self.count - 1e-9) for share in PEAK_SHARES]

        def calculate(bands: Sequence[FloatArray]) -> FloatArray:
            ordered = np.sort(np.stack(bands), axis=0)
            kept = ordered[ranks]
            return np.where(np.isnan(ordered[-1]), np.nan, kept)

        def probability(threshold: float) -> Quantity:
            check_threshold(threshold)
            # Above and not at T: the next number up tells the two apart.
            above = math.nextafter(threshold, math.inf)
            return Quantity(names, lambda maxima: counted_probability(above, maxima))

        return Peaks(names, Quantity(self.drawn, calculate), probability)

"""The family gaussian: location and sigma of g(z), from which every answer is exact."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from spatial.distributions.contract import Family, Quantity, single_band
from spatial.distributions.peaks import PEAK_SHARES, Peaks, gaussian_probability, peak_band
from spatial.exceedance import check_threshold, exceedance_probability
from spatial.interpolation.transforms import Transform, get_transform
from spatial.interpolation.transforms.contract import normal_quantile


@dataclass(frozen=True, slots=True)
class Gaussian:
    """
    A distribution that is Gaussian in g.

    Parameters
    ----------
    transform : Transform
        g.

    Examples
    --------
    >>> surface = Gaussian(get_transform("ln"))
    >>> cells = {"location": [5.0], "sigma": [0.5]}
    >>> surface.quantile(0.5).of(cells).round(3), surface.probability(100.0).of(cells).round(3)
    (array([148.413]), array([0.785]))
    """

    transform: Transform

    family: ClassVar[Family] = "gaussian"
    thresholds: ClassVar[None] = None
    band_names: ClassVar[tuple[str, ...]] = ("median", "mean", "location", "sigma")
    plain_bands: ClassVar[tuple[str, ...]] = band_names
    map_title: ClassVar[str] = "median"

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """
        Return the distribution a model card describes.

        Parameters
        ----------
        card : mapping
            Its transform is used.

        Returns
        -------
        Gaussian
            With the same g to the last bit.
        """
        kept = card["transform"]
        return cls(get_transform(kept["name"], kept["parameters"]))

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
        scale = self.transform.name
        there = unit if scale == "none" else f"{scale}({unit})"
        return {"median": unit, "mean": unit, "location": there, "sigma": there}

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
        Return the median.

        Returns
        -------
        Quantity
            Concentrations.
        """
        return single_band("median")

    def mean(self) -> Quantity:
        """
        Return the unbiased mean.

        Returns
        -------
        Quantity
            Concentrations.
        """
        return single_band("mean")

    def quantile(self, probability: float) -> Quantity:
        """
        Return a quantile.

        Parameters
        ----------
        probability : float
            Between 0 and 1.

        Returns
        -------
        Quantity
            Concentrations.

        Raises
        ------
        InvalidRequestError
            Where it does not lie between 0 and 1.
        """
        normal_quantile(probability)
        g = self.transform
        return Quantity(
            ("location", "sigma"), lambda bands: g.quantile(bands[0], bands[1], probability)
        )

    def probability(self, threshold: float) -> Quantity:
        """
        Return the probability of exceedance.

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
        g = self.transform
        return Quantity(
            ("location", "sigma"),
            lambda bands: exceedance_probability(bands[0], bands[1], threshold, g),
        )

    def sampling_error(self, threshold: float) -> None:
        """
        Return nothing: the probability is calculated and not counted.

        Parameters
        ----------
        threshold : float
            Any T.
        """

    def spread(self) -> Quantity:
        """
        Return the standard deviation on the transformed scale.

        Returns
        -------
        Quantity
            Of g(z).
        """
        return single_band("sigma")

    @property
    def spread_scale(self) -> str:
        """The transform's name."""
        return self.transform.name

    def peaks(self) -> Peaks:
        """
        Return how many cells become one: by their highest quantiles, on the transformed scale.

        Returns
        -------
        Peaks
            For maps seen from afar.
        """
        names = tuple(peak_band(share) for share in PEAK_SHARES)
        steps = [normal_quantile(share) for share in PEAK_SHARES]

        def probability(threshold: float) -> Quantity:
            check_threshold(threshold)
            limit = self.transform.forward_threshold(threshold)
            return Quantity(names, lambda maxima: gaussian_probability(limit, maxima))

        measures = Quantity(
            ("location", "sigma"),
            lambda bands: np.stack([bands[0] - step * bands[1] for step in steps]),
        )
        return Peaks(names, measures, probability)

"""What a surface is calculated with, once everything is fitted; and the surface itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from spatial.arrays import Float32Array
from spatial.distributions.contract import Distribution, Family
from spatial.distributions.estimates import Estimates
from spatial.distributions.gaussian import Gaussian
from spatial.distributions.realisations import Realisations
from spatial.distributions.registry import distribution_of
from spatial.distributions.thresholds import Thresholds
from spatial.grids import Grid
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.cross_validation import CrossValidation
from spatial.interpolation.drift import Table
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.registry import get_method
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.transforms import Transform
from spatial.interpolation.trend import Trend

# A model is also read where nothing is calculated, in a process that holds no compiler.
if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from spatial.interpolation.augmentation import AugmentedSamples
    from spatial.interpolation.auto_choice import AutoChoice
    from spatial.interpolation.indicator_fitting import FittedIndicators
    from spatial.interpolation.model_choice import Candidate
    from spatial.interpolation.validation import Validation
    from spatial.interpolation.variogram import EmpiricalVariogram, VariogramFit

Treatment = Literal["augmentation", "indicators", "substitution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CensoringRecord:
    """
    What became of samples below their detection limits.

    Parameters
    ----------
    treatment : {"augmentation", "indicators", "substitution"}
        How they were treated.
    is_fallback : bool
        Whether half of the limit stands for them because the method cannot draw them.
    samples : int
        How many samples lie below their limits.
    of_samples : int
        Of how many.
    places : int
        Places whose value is drawn.
    lowest_limit : float
        The lowest limit (mg/kg).
    highest_limit : float
        The highest (mg/kg).
    different_limits : int
        How many different ones there are.
    above_all_measured : int
        Limits above every measured value.
    halved_at_measured_places : int
        Limits that stand with half of them beside measured samples of one place.
    left_out_at_measured_places : int
        Limits above the measured samples of their place.
    """

    treatment: Treatment
    is_fallback: bool
    samples: int
    of_samples: int
    places: int
    lowest_limit: float
    highest_limit: float
    different_limits: int
    above_all_measured: int
    halved_at_measured_places: int
    left_out_at_measured_places: int

    @property
    def share(self) -> float:
        """Share of the samples that lie below their limits."""
        return self.samples / self.of_samples


@dataclass(frozen=True, slots=True)
class SurfaceModel:
    """
    Everything fitted: with it any tile can be calculated anywhere. Picklable.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    grid : Grid
        The cells of the surface.
    outline : shapely geometry or None
        Cells whose centre lies outside are missing.
    transform : Transform
        g of the values.
    places : MergedPlaces
        The samples by place, in concentrations.
    covariates : Table or None
        What external drift depends on.
    trend : Trend
        What was taken off the values before the variogram.
    empirical : EmpiricalVariogram
        The variogram's points.
    fit : VariogramFit
        The chosen variogram.
    candidates : tuple of Candidate
        All models tried, best first.
    max_distance : float
        Cells farther than this from every sample (m) are missing.
    warnings : tuple of str
        Sentences for the card.
    fingerprint : str
        Hash of samples and settings: equal models predict equal bits.
    indicators : FittedIndicators or None
        The thresholds, for the family of that name: ``fit`` and ``empirical`` are then those of
        the threshold with the shortest range, and there are no ``candidates``.
    censoring : CensoringRecord or None
        What became of samples below their limits; None where there are none.
    augmented : AugmentedSamples or None
        The completed data sets, where values were drawn.
    validations : tuple of Validation
        Single samples hidden, and whole blocks.
    auto : AutoChoice or None
        What was compared, where method, transform and model were to be chosen.
    """

    request: SurfaceRequest
    grid: Grid
    outline: "BaseGeometry | None"
    transform: Transform
    places: MergedPlaces
    covariates: Table | None
    trend: Trend
    empirical: "EmpiricalVariogram"
    fit: "VariogramFit"
    candidates: "tuple[Candidate, ...]"
    max_distance: float
    warnings: tuple[str, ...]
    fingerprint: str
    indicators: "FittedIndicators | None" = None
    censoring: CensoringRecord | None = None
    augmented: "AugmentedSamples | None" = None
    validations: "tuple[Validation, ...]" = ()
    auto: "AutoChoice | None" = None

    @property
    def family(self) -> Family:
        """Which distribution the surface has."""
        return get_method(self.request.method).family

    @property
    def asked(self) -> SurfaceRequest:
        """The request as it was made, of which the same surface can be made again."""
        return self.request if self.auto is None else self.auto.asked

    @property
    def distribution(self) -> Distribution:
        """What the surface can be asked."""
        request = self.request
        by_family: dict[Family, Distribution] = {
            "none": Estimates(request.method),
            "gaussian": Gaussian(self.transform),
            "thresholds": Thresholds(request.thresholds),
            "realisations": Realisations(request.simulations),
        }
        return by_family[self.family]

    @property
    def settings(self) -> MethodSettings:
        """What the method is told."""
        return self.request.settings(self.fit.model, self.covariates)

    @property
    def cross_validation(self) -> CrossValidation | None:
        """Leave-one-out figures of the chosen model; None where each threshold has its own."""
        return self.candidates[0].figures if self.candidates else None

    @property
    def outline_wkt(self) -> str | None:
        """The outline as text, for the card."""
        if self.outline is None:
            return None
        import shapely

        return shapely.to_wkt(self.outline, rounding_precision=3)


@dataclass(frozen=True, slots=True)
class SurfaceResult:
    """
    A surface.

    Parameters
    ----------
    grid : Grid
        Where the cells lie.
    bands : dict of ndarray, shape (rows, columns)
        float32 by name, NaN where missing.
    card : dict
        The model card, ready for JSON.
    """

    grid: Grid
    bands: dict[str, Float32Array]
    card: dict[str, Any]

    @property
    def distribution(self) -> Distribution:
        """What the bands can be asked, such as the probability of exceeding a threshold."""
        return distribution_of(self.card)

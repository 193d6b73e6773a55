"""What every family of surfaces promises: an answer, or a refusal that names the remedy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray

if TYPE_CHECKING:
    from spatial.distributions.peaks import Peaks

Family = Literal["gaussian", "thresholds", "realisations", "none"]
# Colours reach from the 2nd to the 98th percentile of what a map shows.
COLOUR_SHARES = (0.02, 0.98)


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    Something a surface can be asked: which bands it needs, and what it makes of them.

    A refusal comes when the quantity is asked for, before any band is read.

    Parameters
    ----------
    bands : tuple of str
        The bands to be read.
    calculate : callable
        Takes them in this order, float64 arrays of one shape with NaN where missing.

    Examples
    --------
    >>> Quantity(("value",), lambda bands: bands[0]).of({"value": [1.0, 2.0], "other": [3.0, 4.0]})
    array([1., 2.])
    """

    bands: tuple[str, ...]
    calculate: Callable[[Sequence[FloatArray]], FloatArray]

    def of(self, bands: Mapping[str, ArrayLike]) -> FloatArray:
        """
        Return the quantity of cells.

        Parameters
        ----------
        bands : mapping of str to array_like
            At least the bands it needs, of one shape.

        Returns
        -------
        ndarray
            Of that shape, NaN where the surface says nothing.
        """
        return self.calculate([np.asarray(bands[name], np.float64) for name in self.bands])


def single_band(name: str) -> Quantity:
    """
    Return the quantity that is a band of its own.

    Parameters
    ----------
    name : str
        The band.

    Returns
    -------
    Quantity
        Its numbers as they are.
    """
    return Quantity((name,), lambda bands: bands[0])


class Distribution(Protocol):
    """
    A surface as a predictive distribution.

    ``thresholds`` says which probabilities it has: None for that of any threshold, a tuple for
    those of the thresholds in it alone, an empty one for none. Every method that the family
    cannot answer raises `spatial.errors.NoQuantityError` (for a probability its child
    NoProbabilityError), whose sentence names what would answer it.
    """

    family: ClassVar[Family]

    @property
    def thresholds(self) -> tuple[float, ...] | None:
        """Thresholds whose probability can be given; None for any."""
        ...

    @property
    def band_names(self) -> tuple[str, ...]:
        """All bands of such a surface, in their order."""
        ...

    @property
    def plain_bands(self) -> tuple[str, ...]:
        """The bands that mean something by themselves."""
        ...

    @property
    def map_title(self) -> str:
        """What a map of concentrations shows."""
        ...

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
        ...

    def concentration(self) -> Quantity:
        """
        Return what a map of concentrations shows: the median, or the only estimate there is.

        Returns
        -------
        Quantity
            Concentrations.
        """
        ...

    def median(self) -> Quantity:
        """
        Return the median.

        Returns
        -------
        Quantity
            Concentrations.
        """
        ...

    def mean(self) -> Quantity:
        """
        Return the mean.

        Returns
        -------
        Quantity
            Concentrations.
        """
        ...

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
        """
        ...

    def probability(self, threshold: float) -> Quantity:
        """
        Return the probability of exceedance at a point.

        Parameters
        ----------
        threshold : float
            The guideline value T.

        Returns
        -------
        Quantity
            P(z > T).
        """
        ...

    def sampling_error(self, threshold: float) -> Quantity | None:
        """
        Return the standard error of a probability that was counted and not calculated.

        Parameters
        ----------
        threshold : float
            The guideline value T.

        Returns
        -------
        Quantity or None
            None where the probability is exact under the model.
        """
        ...

    def spread(self) -> Quantity:
        """
        Return how uncertain a cell is: a standard deviation, on the scale `spread_scale` names.

        Returns
        -------
        Quantity
            Not negative.
        """
        ...

    @property
    def spread_scale(self) -> str:
        """The transform on whose scale the spread is told; ``none`` for concentrations."""
        ...

    def peaks(self) -> "Peaks":
        """
        Return how many cells become one whose probability is the highest among them.

        Returns
        -------
        Peaks
            For maps seen from afar.
        """
        ...


def colour_range(
    distribution: Distribution, bands: Mapping[str, ArrayLike]
) -> tuple[float, float] | None:
    """
    Return where the classes of a map of concentrations begin and end.

    Parameters
    ----------
    distribution : Distribution
        The surface's.
    bands : mapping of str to array_like
        Its bands.

    Returns
    -------
    tuple of float, or None
        The 2nd and the 98th percentile of the cells; None where there are no concentrations or no
        cells.

    Examples
    --------
    >>> from spatial.distributions.estimates import Estimates
    >>> colour_range(Estimates("nearest"), {"value": np.arange(101.0)})
    (2.0, 98.0)
    """
    if distribution.map_title == "":
        return None
    shown = distribution.concentration().of(bands)
    known = shown[np.isfinite(shown)]
    if not len(known):
        return None
    low, high = np.quantile(known, COLOUR_SHARES)
    return float(low), float(high)

"""What every definition of a hotspot promises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.distributions.contract import Distribution
from spatial.grids import Grid
from spatial.hotspots.samples import Samples

# What a polygon says of itself. The first four are exclusive classes of a probability, in the order
# in which they are asked; `significant` is the outcome of tests at a stated false-discovery rate,
# `highest` a rank and no statement of confidence.
Confidence = Literal[
    "undecidable", "likely", "possible", "cannot_be_ruled_out", "significant", "highest"
]
CONFIDENCES: tuple[Confidence, ...] = (
    "undecidable",
    "likely",
    "possible",
    "cannot_be_ruled_out",
    "significant",
    "highest",
)
# Those that claim high values most strongly, one of each scale.
STRONGEST: tuple[Confidence, ...] = ("likely", "significant", "highest")


@dataclass(frozen=True, slots=True)
class Surface:
    """
    A surface as a definition sees it, before any band is read.

    Parameters
    ----------
    distribution : Distribution
        What it can be asked.
    support : {"point", "block"}
        What a cell's value is one of.
    sill : float or None
        Of the variogram, on the transformed scale; None where there is none.
    transform : tuple or None
        Name and parameters of g, for the variance of realisations.
    """

    distribution: Distribution
    support: Literal["point", "block"] = "point"
    sill: float | None = None
    transform: tuple[str, dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """
    What a definition of several contaminants looks at, of one of them.

    Parameters
    ----------
    surface : Surface
        Its surface.
    bands : mapping of str to ndarray, shape (rows, columns)
        Those the definition asked for, on the grid that all share.
    samples : Samples
        The contaminant's results.
    row : ndarray of int64
        Which of the evidence's samples each result is one of.
    """

    surface: Surface
    bands: Mapping[str, NDArray[Any]]
    samples: Samples
    row: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """
    What a definition looks at.

    Parameters
    ----------
    grid : Grid
        The cells whose edges polygons follow.
    samples : Samples
        The results, in the grid's coordinate system; where there are `parts` every sample once, and
        its value means nothing.
    surface : Surface, optional
        The surface, where there is one.
    bands : mapping of str to ndarray, shape (rows, columns)
        The surface's bands that the definition asked for.
    parts : tuple of Part
        One for each contaminant, where a definition looks at several.
    """

    grid: Grid
    samples: Samples
    surface: Surface | None = None
    bands: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """
    What a definition of several contaminants tells beside its cells.

    Parameters
    ----------
    samples : Samples
        For each sample of the evidence the largest ratio of a result to its threshold.
    is_undecidable : ndarray of bool
        Which samples cannot tell whether they satisfy the definition.
    describe : callable
        Takes labels of cells (0 outside) and how many polygons there are; returns the figures of
        each polygon, by label.
    """

    samples: Samples
    is_undecidable: BoolArray
    describe: Callable[[IntArray, int], list[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """
    The cells a definition marks, before they become polygons.

    Parameters
    ----------
    kinds : ndarray of int64, shape (rows, columns)
        0 outside; elsewhere one plus a position in `reasons`.
    reasons : tuple of Reason
        What the kinds are.
    quantity : ndarray, shape (rows, columns)
        What is summarised over each polygon; NaN where there is none.
    quantity_name : str
        What that is: ``probability``, or a statistic's name.
    notes : dict
        What the card tells of how it was done; ready for JSON.
    undecidable_above : float or None
        Results below a limit above this cannot be decided; None where that means nothing.
    mixture : Mixture or None
        What more is told of several contaminants.
    """

    kinds: IntArray
    reasons: tuple["Reason", ...]
    quantity: FloatArray
    quantity_name: str
    notes: dict[str, Any]
    undecidable_above: float | None = None
    mixture: Mixture | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why a polygon is there.

    Parameters
    ----------
    confidence : str
        One of `CONFIDENCES`.
    code : str
        For programs.
    sentence : str
        For people, without a full stop, so that figures can follow.
    """

    confidence: Confidence
    code: str
    sentence: str


class Marks(Protocol):
    """What marks cells."""

    def mark(self, evidence: Evidence) -> Marked:
        """
        Mark the cells that satisfy the definition.

        Parameters
        ----------
        evidence : Evidence
            With the bands it asked for.

        Returns
        -------
        Marked
            Cells by reason.
        """
        ...


class Definition(Marks, Protocol):
    """A named definition with its parameters."""

    def bands(self, surface: Surface) -> tuple[str, ...]:
        """
        Return the bands it needs, or refuse a surface that cannot answer.

        Parameters
        ----------
        surface : Surface
            The surface.

        Returns
        -------
        tuple of str
            To be read; none where only the grid matters.
        """
        ...


class JointDefinition(Marks, Protocol):
    """A named definition that looks at several contaminants, with its parameters."""

    def bands_of(self, surfaces: Sequence[Surface]) -> tuple[tuple[str, ...], ...]:
        """
        Return the bands it needs of each surface, or refuse one that cannot answer.

        Parameters
        ----------
        surfaces : sequence of Surface
            One for each contaminant, in the order of their thresholds.

        Returns
        -------
        tuple of tuple of str
            To be read, surface by surface.
        """
        ...

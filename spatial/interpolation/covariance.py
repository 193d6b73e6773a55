"""Covariance models: how alike two places are at a distance."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.interpolation.anisotropy import Anisotropy

ModelName = Literal["spherical", "exponential", "gaussian", "matern"]
MODEL_NAMES: tuple[ModelName, ...] = get_args(ModelName)
MOST_STRUCTURES = 3
# The practical range is where the correlation has fallen to this.
NEGLIGIBLE = 0.05
# Largest and smallest smoothness: beyond them the Matérn model is another model in all but name.
SMOOTHNESS_LIMITS = (0.05, 10.0)


@dataclass(frozen=True, slots=True)
class Structure:
    """
    One bounded part of a variogram.

    Parameters
    ----------
    name : {"spherical", "exponential", "gaussian", "matern"}
        The model.
    partial_sill : float
        Its variance.
    scale : float
        The model's own distance a (m), see `correlation`.
    smoothness : float
        ν of the Matérn model; other models ignore it.
    """

    name: ModelName
    partial_sill: float
    scale: float
    smoothness: float = 1.5

    def __post_init__(self) -> None:
        check_model_name(self.name)
        low, high = SMOOTHNESS_LIMITS
        if not (np.isfinite(self.scale) and self.scale > 0.0):
            raise InvalidRequestError(f"A variogram's scale must be positive; got {self.scale}.")
        if not (np.isfinite(self.partial_sill) and self.partial_sill >= 0.0):
            raise InvalidRequestError(
                f"A variogram's partial sill must be 0 or more; got {self.partial_sill}."
            )
        if not low <= self.smoothness <= high:
            raise InvalidRequestError(
                f"The smoothness of a Matérn model must lie within {low} and {high}; "
                f"got {self.smoothness}."
            )

    @property
    def range_(self) -> float:
        """The practical range (m): where the correlation is 0.05, or 0 for the spherical model."""
        return self.scale * practical_range_factor(self.name, self.smoothness)


@dataclass(frozen=True, slots=True)
class VariogramModel:
    """
    A nugget and one or more bounded structures.

    Parameters
    ----------
    nugget : float
        Variance at no distance: what the laboratory and the last metres add.
    structures : tuple of Structure
        The parts that depend on distance; their covariances add up.
    anisotropy : Anisotropy, optional
        How the range depends on the direction; it is the same for every structure. `covariance`
        and `semivariance` then take distances between places made `isotropic`, and scales and
        ranges are those along its azimuth.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.1, partial_sill=0.5, scale=900.0)
    >>> model.sill, model.range_
    (0.6, 900.0)
    >>> model.semivariance([0.0, 450.0, 900.0]).round(5)
    array([0.     , 0.44375, 0.6    ])
    """

    nugget: float
    structures: tuple[Structure, ...]
    anisotropy: Anisotropy | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.nugget) and self.nugget >= 0.0):
            raise InvalidRequestError(f"A variogram's nugget must be 0 or more; got {self.nugget}.")
        if not self.structures:
            raise InvalidRequestError("A variogram model needs at least one structure.")
        if not self.sill > 0.0:
            raise InvalidRequestError("A variogram's sill must be more than 0.")

    @classmethod
    def single(
        cls,
        name: ModelName,
        *,
        nugget: float,
        partial_sill: float,
        scale: float,
        smoothness: float = 1.5,
    ) -> "VariogramModel":
        """
        Return a nugget with one structure.

        Parameters
        ----------
        name : {"spherical", "exponential", "gaussian", "matern"}
            The model.
        nugget : float
            Variance at no distance.
        partial_sill : float
            Variance of the structure.
        scale : float
            The model's own distance (m).
        smoothness : float
            ν of the Matérn model.

        Returns
        -------
        VariogramModel
            The model.
        """
        return cls(nugget, (Structure(name, partial_sill, scale, smoothness),))

    @property
    def sill(self) -> float:
        """The variance at great distance, C(0)."""
        return self.nugget + sum(part.partial_sill for part in self.structures)

    @property
    def range_(self) -> float:
        """The practical range (m) of the structure that reaches farthest; 0 for a pure nugget."""
        return max(
            (part.range_ for part in self.structures if part.partial_sill > 0.0), default=0.0
        )

    @property
    def nugget_share(self) -> float:
        """How much of the sill is nugget, 0 to 1."""
        return self.nugget / self.sill

    def isotropic(self, coordinates: FloatArray) -> FloatArray:
        """
        Return places in the space in which the covariance depends on distance alone.

        Parameters
        ----------
        coordinates : ndarray, shape (n, 2)
            Eastings and northings (m).

        Returns
        -------
        ndarray, shape (n, 2)
            Metres; the very same array where the model has no anisotropy.
        """
        return coordinates if self.anisotropy is None else self.anisotropy.isotropic(coordinates)

    def covariance(self, distance: ArrayLike) -> FloatArray:
        """
        Return the covariance of two measurements.

        Parameters
        ----------
        distance : array_like
            Between the places (m).

        Returns
        -------
        ndarray
            C(h); the nugget counts only where the distance is exactly 0.
        """
        lag = np.asarray(distance, np.float64)
        total = np.where(lag == 0.0, self.nugget, 0.0)
        for part in self.structures:
            total = total + part.partial_sill * correlation(
                part.name, lag / part.scale, part.smoothness
            )
        return total

    def semivariance(self, distance: ArrayLike) -> FloatArray:
        """
        Return half the expected squared difference of two measurements.

        Parameters
        ----------
        distance : array_like
            Between the places (m).

        Returns
        -------
        ndarray
            γ(h) = C(0) − C(h).
        """
        return self.sill - self.covariance(distance)


def check_model_name(name: str) -> None:
    """
    Refuse a covariance model nobody knows.

    Parameters
    ----------
    name : str
        The name asked for.

    Raises
    ------
    UnknownNameError
        With the names there are.
    """
    if name not in MODEL_NAMES:
        raise UnknownNameError(
            f"There is no covariance model called {name!r}; there are: {', '.join(MODEL_NAMES)}."
        )


def nested_names(name: str) -> tuple[ModelName, ...]:
    """
    Return the structures of a model named with plus signs.

    Parameters
    ----------
    name : str
        One model, or several joined by ``+``; at most three.

    Returns
    -------
    tuple of str
        Names of models.

    Raises
    ------
    UnknownNameError
        Where one is not a model.
    InvalidRequestError
        Where there are too many.

    Examples
    --------
    >>> nested_names("spherical+exponential")
    ('spherical', 'exponential')
    """
    names = name.split("+")
    for part in names:
        check_model_name(part)
    if len(names) > MOST_STRUCTURES:
        raise InvalidRequestError(
            f"A variogram model may have {MOST_STRUCTURES} structures at most; {name!r} has "
            f"{len(names)}."
        )
    return cast("tuple[ModelName, ...]", tuple(names))


def correlation(name: ModelName, ratio: ArrayLike, smoothness: float = 1.5) -> FloatArray:
    """
    Return the correlation of a model.

    Parameters
    ----------
    name : {"spherical", "exponential", "gaussian", "matern"}
        The model.
    ratio : array_like
        Distance over scale, h/a.
    smoothness : float
        ν of the Matérn model.

    Returns
    -------
    ndarray
        1 at no distance, falling to 0.

    Notes
    -----
    Parameters mean what they mean in R's gstat (models Sph, Exp, Gau, Mat): spherical
    1 − 1.5 r + 0.5 r³, exponential exp(−r), Gaussian exp(−r²), Matérn
    2^(1−ν)/Γ(ν) r^ν K_ν(r).

    Examples
    --------
    >>> bool(np.isclose(correlation("matern", 0.7, 0.5), np.exp(-0.7)))
    True
    """
    r = np.asarray(ratio, np.float64)
    if name == "spherical":
        return np.where(r < 1.0, 1.0 - r * (1.5 - 0.5 * r * r), 0.0)
    if name == "exponential":
        return np.exp(-r)
    if name == "gaussian":
        return np.exp(-r * r)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        value = (
            2.0 ** (1.0 - smoothness)
            / scipy.special.gamma(smoothness)
            * r**smoothness
            * scipy.special.kv(smoothness, r)
        )
    # Below 1e-9 K_ν overflows or 0 × ∞ appears; the correlation is 1 to the last digits there.
    return np.where(r < 1e-9, 1.0, value)


def practical_range_factor(name: ModelName, smoothness: float = 1.5) -> float:
    """
    Return the practical range in units of the model's scale.

    Parameters
    ----------
    name : {"spherical", "exponential", "gaussian", "matern"}
        The model.
    smoothness : float
        ν of the Matérn model.

    Returns
    -------
    float
        Where the correlation reaches 0 (spherical) or 0.05 (the others).

    Examples
    --------
    >>> [round(practical_range_factor(name), 3) for name in MODEL_NAMES]
    [1.0, 2.996, 1.731, 4.744]
    """
    if name == "spherical":
        return 1.0
    if name == "exponential":
        return float(-np.log(NEGLIGIBLE))
    if name == "gaussian":
        return float(np.sqrt(-np.log(NEGLIGIBLE)))
    # Here and not above: a process that only predicts starts without it.
    from scipy.optimize import brentq

    return float(
        brentq(lambda r: float(correlation("matern", r, smoothness)) - NEGLIGIBLE, 1e-6, 100.0)
    )

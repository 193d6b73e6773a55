"""How the parameters of a variogram that have no closed answer are searched."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spatial.arrays import FloatArray
from spatial.interpolation.anisotropy import SMALLEST_RATIO, Anisotropy
from spatial.interpolation.covariance import ModelName

# Limits of a fitted smoothness: below, the field is noise at any distance that is sampled; above,
# the model is the Gaussian one.
FITTED_SMOOTHNESS = (0.1, 5.0)
SCANNED_SMOOTHNESS = (0.2, 0.35, 0.6, 1.0, 1.7, 3.0)
SCANNED_RATIOS = (0.9, 0.65, 0.45, 0.3, 0.15)
SCANNED_AZIMUTHS = tuple(np.arange(0.0, 180.0, 22.5))
# Scales looked at for one structure, for each of two, for each of three.
SCANNED_SCALES = {1: 60, 2: 24, 3: 10}


@dataclass(frozen=True, slots=True)
class ModelForm:
    """
    Which parameters are looked for; the vector of them, in this order.

    Parameters
    ----------
    names : tuple of str
        The structures; the logarithm of each scale is looked for.
    smoothness : float or None
        ν of Matérn structures; None to look for its logarithm.
    is_anisotropic : bool
        Whether the logarithm of the ratio and the azimuth are looked for.
    """

    names: tuple[ModelName, ...]
    smoothness: float | None
    is_anisotropic: bool

    def read(self, vector: FloatArray) -> tuple[FloatArray, float, Anisotropy | None]:
        """
        Return scales, smoothness and anisotropy of a vector.

        Parameters
        ----------
        vector : ndarray
            The parameters.

        Returns
        -------
        tuple
            Scales (m), ν, and the anisotropy or None.
        """
        count = len(self.names)
        scales, rest = np.exp(vector[:count]), list(vector[count:])
        smoothness = self.smoothness
        if smoothness is None:
            smoothness = float(np.clip(np.exp(rest.pop(0)), *FITTED_SMOOTHNESS))
        if not self.is_anisotropic:
            return scales, smoothness, None
        ratio = float(np.clip(np.exp(rest[0]), SMALLEST_RATIO, 1.0))
        return scales, smoothness, Anisotropy(float(rest[1]) % 180.0, ratio)

    @property
    def steps(self) -> tuple[float, ...]:
        """Sizes of a first simplex along the parameters of the vector."""
        smoothness = () if self.smoothness is not None else (0.3,)
        ellipse = (-0.3, 15.0) if self.is_anisotropic else ()
        return (*(0.3 for _ in self.names), *smoothness, *ellipse)


def lattice(form: ModelForm, limits: list[tuple[float, float]]) -> list[FloatArray]:
    """
    Return the vectors looked at first.

    Parameters
    ----------
    form : ModelForm
        The model.
    limits : list of tuple of float
        Of the parameters.

    Returns
    -------
    list of ndarray
        Vectors; structures of one name appear in one order of their scales only.
    """
    count = len(form.names)
    steps = SCANNED_SCALES[count] // (3 if form.is_anisotropic else 1)
    scales = [
        scale
        for scale in itertools.product(*(np.linspace(*limits[i], steps) for i in range(count)))
        if all(
            first < second
            for (first, second), (name, other) in zip(
                itertools.pairwise(scale), itertools.pairwise(form.names), strict=True
            )
            if name == other
        )
    ]
    smoothness = [()] if form.smoothness is not None else [(s,) for s in np.log(SCANNED_SMOOTHNESS)]
    ellipses: list[tuple[float, ...]] = [()]
    if form.is_anisotropic:
        ellipses = [
            (0.0, 0.0),
            *itertools.product(np.log(SCANNED_RATIOS).tolist(), SCANNED_AZIMUTHS),
        ]
    return [
        np.array([*scale, *smooth, *ellipse])
        for scale, smooth, ellipse in itertools.product(scales, smoothness, ellipses)
    ]


def descend(
    misfit: Callable[[FloatArray], float],
    start: FloatArray,
    steps: Sequence[float],
    limits: Sequence[tuple[float, float]],
    tolerances: tuple[float, float],
) -> FloatArray:
    """
    Go down from a starting vector by Nelder and Mead's simplex, started again where it stops.

    Parameters
    ----------
    misfit : callable
        What is made small.
    start : ndarray, shape (p,)
        Where to begin.
    steps : sequence of float
        Size of the first simplex along each parameter; of the second, half of it.
    limits : sequence of tuple of float
        Of the parameters.
    tolerances : tuple of float
        When to stop: of the parameters, and of the misfit.

    Returns
    -------
    ndarray, shape (p,)
        The best vector.

    Examples
    --------
    >>> descend(lambda v: float((v[0] - 3.0) ** 2), np.array([0.0]), [1.0], [(-9.0, 9.0)],
    ...         (1e-9, 1e-15)).round(6)
    array([3.])
    """
    # Here and not above: a process that only predicts starts without it.
    from scipy.optimize import minimize

    low, high = np.array(limits).T
    vector = np.clip(start, low, high)
    for size in (1.0, 0.5):
        corners = np.vstack([vector, vector + np.diag(np.asarray(steps) * size)])
        # A corner beyond a limit turns round, so that the simplex has a volume at the limit too.
        corners = np.where(corners > high, 2.0 * vector - corners, corners)
        found = minimize(
            misfit,
            vector,
            method="Nelder-Mead",
            bounds=limits,
            options={
                "initial_simplex": np.clip(corners, low, high),
                "xatol": tolerances[0],
                "fatol": tolerances[1],
                "maxiter": 300 * len(vector),
            },
        )
        vector = np.asarray(found.x, np.float64)
    return vector

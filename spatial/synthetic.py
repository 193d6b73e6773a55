"""Small worlds whose truth is known: geology, plumes, samples, laboratories with their limits."""

from dataclasses import dataclass

import numpy as np

from spatial.arrays import BoolArray, FloatArray
from spatial.errors import InvalidRequestError
from spatial.grids import Grid

FEATURES = 256


@dataclass(frozen=True, slots=True)
class World:
    """
    What a world is made of.

    Parameters
    ----------
    side : float
        It is a square with this side (m).
    samples : int
        How many places are sampled.
    plumes : int
        How many sources have polluted it.
    geology : float
        Standard deviation of the natural variation of ln concentrations.
    geology_range : float
        Over which it fades (m).
    nugget : float
        Standard deviation of what one sample's ln concentration adds.
    limit_quantile : float
        Share of samples below the highest detection limit; half of the laboratories have it.

    Notes
    -----
    The small profile of a larger world: ln of the background is a sum of random Fourier features
    with a Gaussian spectrum; concentrations of plumes are added to it, A exp(-d / L) each.
    """

    side: float = 10_000.0
    samples: int = 600
    plumes: int = 5
    geology: float = 0.35
    geology_range: float = 1_500.0
    nugget: float = 0.25
    limit_quantile: float = 0.1

    def __post_init__(self) -> None:
        if self.side <= 0.0 or self.samples < 1 or self.plumes < 0:
            raise InvalidRequestError("A world needs a side, samples, and no negative plumes.")


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """
    A world that was made.

    Parameters
    ----------
    world : World
        Of what.
    waves : ndarray, shape (k, 4)
        Wave numbers to the east and north (1/m), phases and amplitudes of ln concentrations.
    sources : ndarray, shape (p, 4)
        Easting, northing, amplitude A (mg/kg) and length L (m) of each plume.
    places : ndarray, shape (n, 2)
        Where samples were taken (m).
    values : ndarray, shape (n,)
        What the laboratory says; the limit for results below it.
    is_censored : ndarray of bool, shape (n,)
        Which lie below the limit.
    """

    world: World
    waves: FloatArray
    sources: FloatArray
    places: FloatArray
    values: FloatArray
    is_censored: BoolArray

    def concentration(self, places: FloatArray) -> FloatArray:
        """
        Return the noise-free concentration anywhere.

        Parameters
        ----------
        places : ndarray, shape (m, 2)
            Where (m).

        Returns
        -------
        ndarray, shape (m,)
            Concentrations (mg/kg).
        """
        return self.background(places) + self.plume(places)

    def background(self, places: FloatArray) -> FloatArray:
        """
        Return what there would be without plumes.

        Parameters
        ----------
        places : ndarray, shape (m, 2)
            Where (m).

        Returns
        -------
        ndarray, shape (m,)
            Concentrations (mg/kg).
        """
        east, north, phase, amplitude = self.waves.T
        found = np.zeros(len(places))
        for start in range(0, len(places), 4096):
            part = places[start : start + 4096]
            angle = part[:, :1] * east + part[:, 1:] * north + phase
            found[start : start + 4096] = np.cos(angle) @ amplitude
        return np.exp(4.0 + found)

    def plume(self, places: FloatArray) -> FloatArray:
        """
        Return what the sources have added.

        Parameters
        ----------
        places : ndarray, shape (m, 2)
            Where (m).

        Returns
        -------
        ndarray, shape (m,)
            Concentrations (mg/kg).
        """
        added = np.zeros(len(places))
        for east, north, amplitude, length in self.sources:
            distance = np.hypot(places[:, 0] - east, places[:, 1] - north)
            added += amplitude * np.exp(-distance / length)
        return added

    def truth(self, grid: Grid, threshold: float) -> BoolArray:
        """
        Tell in which cells the noise-free concentration lies above a value.

        Parameters
        ----------
        grid : Grid
            The cells, taken at their centres.
        threshold : float
            The value (mg/kg).

        Returns
        -------
        ndarray of bool, shape (rows, columns)
            True above it.
        """
        return np.asarray(self.concentration(grid.cell_centres()) > threshold).reshape(grid.shape)


def make_world(world: World, rng: np.random.Generator) -> Made:
    """
    Make a world and sample it.

    Parameters
    ----------
    world : World
        Of what.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    Made
        The same for the same generator.

    Examples
    --------
    >>> made = make_world(World(samples=50), np.random.default_rng(1))
    >>> made.places.shape, bool((made.concentration(made.places) > 0).all())
    ((50, 2), True)
    """
    waves = np.column_stack(
        [
            rng.standard_normal((FEATURES, 2)) / world.geology_range,
            rng.random(FEATURES) * 2.0 * np.pi,
            np.full(FEATURES, world.geology * np.sqrt(2.0 / FEATURES)),
        ]
    )
    sources = np.column_stack(
        [
            (0.1 + 0.8 * rng.random((world.plumes, 2))) * world.side,
            600.0 * np.exp(0.4 * rng.standard_normal(world.plumes)),
            world.side * (0.04 + 0.05 * rng.random(world.plumes)),
        ]
    )
    places = rng.random((world.samples, 2)) * world.side
    empty = np.empty(0)
    made = Made(world, waves, sources, places, empty, empty.astype(np.bool_))
    measured = made.concentration(places) * np.exp(
        world.nugget * rng.standard_normal(world.samples)
    )
    limit = float(np.quantile(measured, world.limit_quantile))
    limits = np.where(rng.random(world.samples) < 0.5, limit, 0.5 * limit)
    censored = measured < limits
    return Made(world, waves, sources, places, np.where(censored, limits, measured), censored)

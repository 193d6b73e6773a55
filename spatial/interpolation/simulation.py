"""Conditional sequential Gaussian simulation: many surfaces that could all be true."""

from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from spatial.arrays import BoolArray, FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import InvalidRequestError, SingularSystemError, TooFewPlacesError
from spatial.grids import Grid
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.kernels import structure_table
from spatial.interpolation.kriging_system_global import SINGULAR_SENTENCE
from spatial.interpolation.simulation_kernel import SimulationArrays, simulate_path

# Nodes are looked for in a window of this many steps of the lattice to each side.
WINDOW = 16
# The coarsest lattice has about this many nodes along the longer side.
COARSEST = 8
# The mean is estimated from all samples up to here, and is their arithmetic mean above.
MOST_PLACES_FROM_ALL = 5_000
MOST_NODES = 25_000_000
# Nodes whose neighbours are searched at a time.
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """
    What an analyst may decide about a simulation.

    Parameters
    ----------
    neighbours : int
        Samples and simulated nodes, together, that a node is drawn from; those nearest count.
    mean : float, optional
        The known mean on the transformed scale; estimated by generalised least squares when absent.
    seed : int
        Every realisation has its own random numbers and path, made of seed and number.

    Examples
    --------
    >>> SimulationRequest(neighbours=0)
    Traceback (most recent call last):
        ...
    spatial.errors.InvalidRequestError: A simulation needs at least one neighbour; got 0.
    """

    neighbours: int = 32
    mean: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise InvalidRequestError(
                f"A simulation needs at least one neighbour; got {self.neighbours}."
            )
        if self.mean is not None and not np.isfinite(self.mean):
            raise InvalidRequestError(f"A known mean must be a finite number; got {self.mean}.")
        if self.seed < 0:
            raise InvalidRequestError(f"seed must be 0 or more; got {self.seed}.")


@dataclass(frozen=True, slots=True)
class Simulation:
    """
    Everything any realisation needs. Picklable.

    Parameters
    ----------
    grid : Grid
        The cells; a node is a cell's centre.
    mean : float
        The mean on the transformed scale.
    seed : int
        Of all realisations.
    arrays : SimulationArrays
        What the kernel reads.
    wanted : ndarray of int64, shape (p,)
        Nodes to be simulated.
    strides : ndarray of int64, shape (p,)
        Step of the coarsest lattice each of them belongs to.
    """

    grid: Grid
    mean: float
    seed: int
    arrays: SimulationArrays
    wanted: IntArray
    strides: IntArray


def prepare_simulation(
    coordinates: ArrayLike,
    values: ArrayLike,
    variogram: VariogramModel,
    grid: Grid,
    request: SimulationRequest | None = None,
    is_wanted: BoolArray | None = None,
) -> Simulation:
    """
    Lay out nodes, neighbours and lattices once for all realisations.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings of the samples (m), no two the same.
    values : array_like, shape (n,)
        One value per place, on the scale on which they are Gaussian.
    variogram : VariogramModel
        Of these values.
    grid : Grid
        The cells to simulate.
    request : SimulationRequest, optional
        Neighbours, mean and seed.
    is_wanted : ndarray of bool, shape (rows, columns), optional
        Cells to simulate; all when absent.

    Returns
    -------
    Simulation
        For `realise`.

    Raises
    ------
    TooFewPlacesError
        Where there are fewer than two samples.
    InvalidRequestError
        Where the grid has too many cells or none is wanted.
    SingularSystemError
        Where the mean cannot be estimated.
    """
    asked = request or SimulationRequest()
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    if len(numbers) < 2:
        raise TooFewPlacesError("A simulation needs samples from at least two places.")
    if grid.cell_count > MOST_NODES:
        raise InvalidRequestError(
            f"A simulation of {grid.cell_count:,} cells needs too much memory (at most "
            f"{MOST_NODES:,}); take larger cells."
        )
    mask = np.ones(grid.shape, np.bool_) if is_wanted is None else np.asarray(is_wanted, np.bool_)
    if mask.shape != grid.shape or not mask.any():
        raise InvalidRequestError("No cell of the grid is to be simulated.")
    samples = variogram.isotropic(places)
    mean = _estimated_mean(samples, numbers, variogram) if asked.mean is None else asked.mean
    nodes = variogram.isotropic(grid.cell_centres())
    most = asked.neighbours
    template, lengths = _template(variogram, grid.cell_size)
    wanted = np.flatnonzero(mask.ravel())
    arrays = SimulationArrays(
        nodes=np.ascontiguousarray(nodes),
        columns=grid.columns,
        samples=np.ascontiguousarray(samples),
        values=numbers - mean,
        near=_nearest_samples(samples, nodes, wanted, most),
        template=template,
        template_distances=lengths,
        most=most,
        nugget=float(variogram.nugget),
        structures=structure_table(variogram),
    )
    return Simulation(grid, float(mean), asked.seed, arrays, wanted, _strides(grid, wanted))


def exchange_values(
    simulation: Simulation, values: FloatArray, variogram: VariogramModel, mean: float | None = None
) -> Simulation:
    """
    Return the same simulation for other values of the same samples.

    Parameters
    ----------
    simulation : Simulation
        From `prepare_simulation`.
    values : ndarray, shape (n,)
        One value per place.
    variogram : VariogramModel
        The one it was prepared with.
    mean : float, optional
        The known mean; estimated from these values when absent.

    Returns
    -------
    Simulation
        Nodes, neighbours and lattices are shared.
    """
    arrays = simulation.arrays
    middle = _estimated_mean(arrays.samples, values, variogram) if mean is None else mean
    return replace(simulation, mean=float(middle), arrays=arrays._replace(values=values - middle))


def _nearest_samples(
    samples: FloatArray, nodes: FloatArray, wanted: IntArray, most: int
) -> NDArray[np.int32]:
    """
    Return the nearest samples of the wanted nodes; 4 bytes each, for there are many.

    Parameters
    ----------
    samples : ndarray, shape (n, 2)
        Isotropic places.
    nodes : ndarray, shape (m, 2)
        All nodes.
    wanted : ndarray of int64, shape (p,)
        Which of them are simulated.
    most : int
        At most so many samples.

    Returns
    -------
    ndarray of int32, shape (m, d)
        Nearest first; n for nodes that are not wanted.
    """
    tree, count = scipy.spatial.cKDTree(samples), min(most, len(samples))
    near = np.full((len(nodes), count), len(samples), np.int32)
    for start in range(0, len(wanted), CHUNK):
        rows = wanted[start : start + CHUNK]
        near[rows] = tree.query(nodes[rows], k=np.arange(1, count + 1))[1]
    return near


def _estimated_mean(samples: FloatArray, values: FloatArray, variogram: VariogramModel) -> float:
    """
    Return the mean by generalised least squares, or of very many samples the arithmetic one.

    Parameters
    ----------
    samples : ndarray, shape (n, 2)
        Isotropic places.
    values : ndarray, shape (n,)
        Their values.
    variogram : VariogramModel
        The covariance.

    Returns
    -------
    float
        1ᵀC⁻¹y / 1ᵀC⁻¹1.
    """
    if len(values) > MOST_PLACES_FROM_ALL:
        return float(values.mean())
    try:
        factor = scipy.linalg.cho_factor(
            variogram.covariance(scipy.spatial.distance.cdist(samples, samples))
        )
    except scipy.linalg.LinAlgError as error:
        raise SingularSystemError(SINGULAR_SENTENCE) from error
    weights = scipy.linalg.cho_solve(factor, np.ones(len(values)))
    return float(weights @ values / weights.sum())


def _template(variogram: VariogramModel, cell_size: float) -> tuple[IntArray, FloatArray]:
    """
    Return the way to neighbouring nodes, nearest first.

    Parameters
    ----------
    variogram : VariogramModel
        Its anisotropy says what is near.
    cell_size : float
        Side of a cell (m).

    Returns
    -------
    tuple of ndarray
        Rows and columns, shape (t, 2), and isotropic distances, shape (t,).
    """
    step = np.arange(-WINDOW, WINDOW + 1)
    rows, columns = (axis.ravel() for axis in np.meshgrid(step, step, indexing="ij"))
    offsets = cell_size * np.column_stack([columns, -rows]).astype(np.float64)
    lengths = np.hypot(*variogram.isotropic(offsets).T)
    order = np.lexsort((columns, rows, lengths))[1:]
    template = np.column_stack([rows, columns])[order]
    return np.ascontiguousarray(template, np.int64), np.ascontiguousarray(lengths[order])


def _strides(grid: Grid, wanted: IntArray) -> IntArray:
    """
    Return the step of the coarsest lattice each node belongs to.

    Parameters
    ----------
    grid : Grid
        The cells.
    wanted : ndarray of int64, shape (p,)
        Nodes.

    Returns
    -------
    ndarray of int64, shape (p,)
        Powers of two.
    """
    rows, columns = np.divmod(wanted, grid.columns)
    strides = np.ones(len(wanted), np.int64)
    step = 2
    while step * COARSEST <= max(grid.shape):
        strides[(rows % step == 0) & (columns % step == 0)] = step
        step *= 2
    return strides


def realise(simulation: Simulation, number: int) -> FloatArray:
    """
    Draw one realisation; a function of its arguments that any thread or process can run.

    Parameters
    ----------
    simulation : Simulation
        From `prepare_simulation`.
    number : int
        Which realisation, from 0. The same number gives the same bits wherever it runs.

    Returns
    -------
    ndarray, shape (rows, columns)
        On the transformed scale; NaN in cells that are not wanted.

    Raises
    ------
    SingularSystemError
        Where a node's neighbours have no stable solution.

    Notes
    -----
    Point support: a realisation holds the nugget, as a new measurement would. Coarse lattices are
    visited before fine ones (Tran 1994), each in random order. A cell whose centre is a sample's
    place has the sample's value.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=90.0)
    >>> grid = Grid(west=0.0, north=40.0, cell_size=10.0, columns=5, rows=4, epsg=32631)
    >>> simulation = prepare_simulation([[5, 5], [45, 35]], [1.0, 3.0], model, grid)
    >>> surface = realise(simulation, 0)
    >>> float(surface[3, 0].round(9)), float(surface[0, 4].round(9))
    (1.0, 3.0)
    """
    rng = np.random.default_rng([simulation.seed, number])
    # By random keys within each lattice, coarse ones first.
    order = np.lexsort((rng.random(len(simulation.wanted)), -simulation.strides))
    normals = rng.standard_normal(len(order))
    path, strides = simulation.wanted[order], simulation.strides[order]
    is_known = np.zeros(len(simulation.arrays.nodes), np.bool_)
    drawn, failures = simulate_path(simulation.arrays, path, strides, normals, is_known)
    if failures:
        raise SingularSystemError(SINGULAR_SENTENCE)
    return np.asarray(drawn + simulation.mean).reshape(simulation.grid.shape)

"""What a surface is asked for, and what comes back."""

import math
from dataclasses import dataclass
from typing import Literal

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.block import Block
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import MODEL_NAMES, Structure, VariogramModel, nested_names
from spatial.interpolation.declustering import check_declustering
from spatial.interpolation.drift import Drift, Table
from spatial.interpolation.estimators import FIT_METHODS, EstimatorName, FitMethod, get_estimator
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.registry import get_method
from spatial.interpolation.request_families import check_family_options
from spatial.interpolation.transforms import check_transform

# A request is also read where nothing is calculated, in a process that holds no compiler.

MOST_CELLS = 25_000_000
# In place of a method: transform, covariance model and method are chosen by left-out blocks.
AUTO = "auto"
# What `auto` compares where probabilities are wanted, and of how many places at most: every
# combination leaves out every block, and more places take minutes and change no rank.
RANKED_WITH_PROBABILITIES = ("ordinary_kriging", "universal_kriging")
MOST_RANKED_PLACES = 1_500
METHODS_WITH_DRIFT = ("universal_kriging", "external_drift", "block_kriging")
Censoring = Literal["augmentation", "substitution"]
Treatment = Literal["augmentation", "indicators", "substitution"]
CENSORINGS: tuple[Censoring, ...] = ("augmentation", "substitution")


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceRequest:
    """
    Everything an analyst may decide about a surface.

    Parameters
    ----------
    cell_size : float
        Side of a cell (m).
    method : str
        A name of `spatial.interpolation.registry.METHODS`, or ``auto``: method, transform and model
        are then those that predict left-out blocks best, and ``transform`` is not used.
    transform : str
        A name of `spatial.interpolation.transforms.TRANSFORMS`; methods without a distribution
        do not use it.
    neighbours : int, optional
        How many nearest samples each cell is predicted from; None for all of them.
    transform_options : dict of float, optional
        What is stated of a fitted transform, see `spatial.interpolation.transforms.registry`.
    models : tuple of str
        Covariance models to choose from by leave-one-out; one name fixes the model. Names joined
        by ``+`` are nested structures.
    smoothness : float, optional
        ν of Matérn structures; None to fit it.
    estimator : str
        A name of `spatial.interpolation.estimators.ESTIMATORS`.
    fit_method : {"N/h²", "N/γ²", "likelihood"}
        How models are fitted: least squares with these weights, or maximum likelihood.
    anisotropy : "fitted" or pair of float, optional
        The azimuth of the longest range and the ratio of shortest over longest; or found from
        directional variograms (by maximum likelihood where that is the way of fitting).
    declustering : {"cell", "polygonal"}, optional
        Weights with which a transform is fitted.
    lags : int, optional
        Distance classes of the empirical variogram; None for as many as the samples fill.
    cutoff : float, optional
        Its largest distance (m); a third of the diagonal of the samples' extent when absent.
    max_distance : float, optional
        Cells farther than this from every sample (m) are missing; the practical range of the
        fitted variogram when absent.
    power : float
        Exponent of inverse distance.
    mean : float, optional
        The known mean of simple kriging, on the transformed scale.
    drift_degree : int, optional
        Degree of the polynomial of the coordinates in the trend, 0 to 2, for universal kriging (1
        when absent), external drift and block kriging (0 when absent).
    search : Neighbourhood, optional
        Radius, sectors and fewest neighbours of the kriging methods beside the ordinary one, in
        place of ``neighbours``.
    filters_nugget : bool
        Whether these methods predict the field without its nugget.
    thresholds : tuple of float
        Guideline values, rising: those of indicator kriging, those of which a simulation's card
        gives areas and block means, or those at which the card of another method says how good its
        probabilities are.
    shares_variogram : bool
        Whether indicator kriging uses one variogram for all thresholds, that of the one that parts
        the samples most evenly.
    simulations : int
        How many realisations a simulation draws.
    block_size : float, optional
        Side of the square blocks (m) of whose means a simulation's card gives the distribution, a
        multiple of the cell size.
    censoring : {"augmentation", "substitution"}
        How samples below their detection limits are treated: drawn several times from the model,
        or half of the limit in place of each. Indicator kriging takes limits as they are; methods
        that can do neither substitute.
    realisations : int
        How many times censored values are drawn.
    max_cells : int
        A larger grid is refused.
    tile_size : int
        Rows and columns of a tile of work.
    seed : int
        Of random choices: the places of the variogram of very many samples, the samples left out
        where they are very many, values drawn below detection limits, and simulation.

    Examples
    --------
    >>> SurfaceRequest(cell_size=0.0)
    Traceback (most recent call last):
        ...
    spatial.errors.InvalidRequestError: The cell size must be more than 0 m; got 0.0.
    """

    cell_size: float
    method: str = "ordinary_kriging"
    transform: str = "ln"
    neighbours: int | None = 32
    transform_options: dict[str, float] | None = None
    models: tuple[str, ...] = MODEL_NAMES
    smoothness: float | None = 1.5
    estimator: EstimatorName = "matheron"
    fit_method: FitMethod = "N/h²"
    anisotropy: Literal["fitted"] | tuple[float, float] | None = None
    declustering: Literal["cell", "polygonal"] | None = None
    lags: int | None = 15
    cutoff: float | None = None
    max_distance: float | None = None
    power: float = 2.0
    mean: float | None = None
    drift_degree: int | None = None
    search: Neighbourhood | None = None
    filters_nugget: bool = False
    thresholds: tuple[float, ...] = ()
    shares_variogram: bool = False
    simulations: int = 100
    block_size: float | None = None
    censoring: Censoring = "augmentation"
    realisations: int = 20
    max_cells: int = MOST_CELLS
    tile_size: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        # A card keeps a list; the request that comes back from it must equal the first.
        object.__setattr__(self, "thresholds", tuple(map(float, self.thresholds)))
        check_auto(self)
        if self.method != AUTO:
            get_method(self.method)
        check_transform(self.transform, self.transform_options)
        get_estimator(self.estimator)
        check_declustering(self.declustering)
        _check_fit(self.fit_method, self.anisotropy)
        if self.censoring not in CENSORINGS:
            raise UnknownNameError(
                f"There is no treatment of censored values called {self.censoring!r}; there are: "
                f"{', '.join(CENSORINGS)}."
            )
        for model in self.models:
            nested_names(model)
        if self.smoothness is not None:
            Structure("matern", 1.0, 1.0, self.smoothness)
        if not self.models:
            raise InvalidRequestError("At least one covariance model must be named.")
        _check_positive("The cell size", self.cell_size)
        self._check_kriging()
        check_family_options(self)
        _check_positive("The power of inverse distance", self.power, unit="")
        if self.cutoff is not None:
            _check_positive("The variogram's cutoff", self.cutoff)
        if self.max_distance is not None:
            _check_positive("The largest distance to a sample", self.max_distance)
        counts = {
            "lags": (self.lags, 3),
            "neighbours": (self.neighbours, 1),
            "tile_size": (self.tile_size, 1),
            "max_cells": (self.max_cells, 1),
            "seed": (self.seed, 0),
            "simulations": (self.simulations, 2),
            "realisations": (self.realisations, 2),
        }
        for name, (count, least) in counts.items():
            if count is not None and count < least:
                raise InvalidRequestError(f"{name} must be {least} or more; got {count}.")

    def _check_kriging(self) -> None:
        """Refuse options the method would not follow."""
        if self.method == "block_kriging" and self.transform != "none":
            raise InvalidRequestError(
                "Block kriging is right for values without a transform only: choose the transform "
                "'none', or simulate the blocks."
            )
        if self.method in {"ordinary_kriging", "inverse_distance", "nearest", "simulation"} and (
            self.search is not None or self.filters_nugget
        ):
            raise InvalidRequestError(
                f"The method {self.method!r} takes a number of neighbours only; for a search by "
                "radius or sectors, or to filter the nugget, use 'universal_kriging' (degree 0 is "
                "ordinary kriging)."
            )
        if self.drift_degree is not None:
            if self.method not in METHODS_WITH_DRIFT:
                raise InvalidRequestError(
                    f"The method {self.method!r} has no polynomial trend; there are: "
                    f"{', '.join(METHODS_WITH_DRIFT)}."
                )
            Drift(self.drift_degree)

    def drift(self, covariates: Table | None = None) -> Drift:
        """
        Return the trend of the method.

        Parameters
        ----------
        covariates : Table, optional
            What external drift depends on.

        Returns
        -------
        Drift
            A constant for a method without another; a cell without its covariates is missing.
        """
        degree = self.drift_degree
        if degree is None:
            degree = 1 if self.method == "universal_kriging" else 0
        return Drift(degree, covariates, skips_uncovered=True)

    def check_covariates(self, covariates: Table | None) -> None:
        """
        Refuse covariates the method would not use, or their lack.

        Parameters
        ----------
        covariates : Table or None
            What there is.

        Raises
        ------
        InvalidRequestError
            With the remedy.
        """
        if self.method == "external_drift" and covariates is None:
            raise InvalidRequestError(
                "Kriging with external drift needs covariates, known at the samples and at the "
                "cells."
            )
        if self.method != "external_drift" and covariates is not None:
            raise InvalidRequestError(
                f"The method {self.method!r} uses no covariates; 'external_drift' does."
            )

    def settings(
        self, variogram: VariogramModel | None = None, covariates: Table | None = None
    ) -> MethodSettings:
        """
        Return what the method is told.

        Parameters
        ----------
        variogram : VariogramModel, optional
            The fitted model, once there is one.
        covariates : Table, optional
            What external drift depends on.

        Returns
        -------
        MethodSettings
            For the registry; the block of block kriging is the cell.
        """
        is_block = self.method == "block_kriging"
        return MethodSettings(
            variogram=variogram,
            neighbours=self.neighbours,
            power=self.power,
            mean=self.mean,
            drift=self.drift(covariates),
            thresholds=self.thresholds,
            options=KrigingOptions(
                neighbourhood=self.search or Neighbourhood(self.neighbours),
                filters_nugget=self.filters_nugget,
                block=Block(self.cell_size, self.cell_size) if is_block else None,
            ),
        )


def check_auto(request: SurfaceRequest) -> None:
    """
    Refuse what `auto` would not follow.

    Parameters
    ----------
    request : SurfaceRequest
        The request.

    Raises
    ------
    InvalidRequestError
        Where an option belongs to one method only.
    """
    if request.method != AUTO:
        return
    if request.search is not None or request.filters_nugget or request.transform_options:
        raise InvalidRequestError(
            "The method 'auto' chooses method and transform itself: a search by radius or "
            "sectors, a filtered nugget and options of a transform need a stated method."
        )


def _check_fit(fit_method: str, anisotropy: object) -> None:
    """
    Refuse a way of fitting, or an anisotropy, that does not exist.

    Parameters
    ----------
    fit_method : str
        The way of fitting.
    anisotropy : object
        ``"fitted"``, azimuth and ratio, or None.
    """
    if fit_method not in FIT_METHODS:
        raise UnknownNameError(
            f"There is no way of fitting called {fit_method!r}; there are: "
            f"{', '.join(FIT_METHODS)}."
        )
    if anisotropy is None or anisotropy == "fitted":
        return
    if not isinstance(anisotropy, (tuple, list)) or len(anisotropy) != 2:
        raise InvalidRequestError(
            'The anisotropy must be "fitted", or an azimuth in degrees and a ratio; '
            f"got {anisotropy!r}."
        )
    Anisotropy(*anisotropy)


def _check_positive(what: str, number: float, unit: str = " m") -> None:
    """
    Refuse a size that is not positive.

    Parameters
    ----------
    what : str
        The beginning of the sentence.
    number : float
        The size.
    unit : str
        What follows the 0.
    """
    if not (math.isfinite(number) and number > 0.0):
        raise InvalidRequestError(f"{what} must be more than 0{unit}; got {number}.")

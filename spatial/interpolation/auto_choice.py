"""The request that `auto` settles on: transform, covariance model and method."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spatial.interpolation.auto import Question, Ranking, rank_candidates
from spatial.interpolation.card_variogram import describe_fit
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.request import (
    MOST_RANKED_PLACES,
    RANKED_WITH_PROBABILITIES,
    SurfaceRequest,
)
from spatial.interpolation.transforms import TRANSFORMS

METHODS = (*RANKED_WITH_PROBABILITIES, "inverse_distance", "nearest")


@dataclass(frozen=True, slots=True)
class AutoChoice:
    """
    What was tried, and what was taken.

    Parameters
    ----------
    asked : SurfaceRequest
        The request with the method ``auto``.
    request : SurfaceRequest
        The one it stands for.
    ranking : Ranking
        All combinations, best first.
    places : int
        How many places were compared.
    of_places : int
        Of how many.
    """

    asked: SurfaceRequest
    request: SurfaceRequest
    ranking: Ranking
    places: int
    of_places: int

    @property
    def warning(self) -> str:
        """What a reader must know of it."""
        of = "" if self.places == self.of_places else f" of a random {self.places:,}"
        return (
            f"Method, transform and model are the best of {len(self.ranking.trials)} combinations "
            f"by predictions of left-out blocks{of} of {self.of_places:,} places. The figures of "
            "the chosen one are a little flattered by that."
        )

    def described(self) -> dict[str, Any]:
        """
        Return the table for the card.

        Returns
        -------
        dict
            By name.
        """
        return {
            "ranked_by": "CRPS of concentrations in left-out blocks",
            "scheme": self.ranking.folds.scheme,
            "is_block_capped": self.ranking.is_block_capped,
            "places": self.places,
            "of_places": self.of_places,
            "trials": [
                {
                    "method": trial.method,
                    "transform": trial.transform,
                    "model": trial.model,
                    "fit": None if trial.fit is None else describe_fit(trial.fit),
                    "crps": trial.crps,
                    "rmse": None if trial.figures is None else trial.figures.rmse,
                    "rmsse": None if trial.figures is None else trial.figures.rmsse,
                    "count": None if trial.figures is None else trial.figures.count,
                    "reason": trial.reason,
                }
                for trial in self.ranking.trials
            ],
        }


def choose_automatically(places: MergedPlaces, request: SurfaceRequest) -> AutoChoice:
    """
    Rank transforms, covariance models and methods, and settle on the best.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place, in concentrations; limits where they lie below one.
    request : SurfaceRequest
        With the method ``auto``; its transform is not used, because that is chosen too.

    Returns
    -------
    AutoChoice
        With the request to go on with.

    Raises
    ------
    SpatialError
        Where every combination fails.

    Notes
    -----
    For the ranking alone, half the limit stands for values below it, and only measured samples are
    scored. Of more than 1,500 places a seeded choice is ranked. Variograms are fitted by least
    squares with weights N/h².
    """
    chosen = np.arange(len(places.values))
    if len(chosen) > MOST_RANKED_PLACES:
        rng = np.random.default_rng(request.seed)
        chosen = np.sort(rng.choice(chosen, MOST_RANKED_PLACES, replace=False))
    values = np.where(places.is_censored, 0.5 * places.values, places.values)
    question = Question(
        transforms=tuple(TRANSFORMS),
        models=request.models,
        # Who names thresholds wants probabilities.
        methods=RANKED_WITH_PROBABILITIES if request.thresholds else METHODS,
        settings=MethodSettings(neighbours=request.neighbours, power=request.power),
        smoothness=request.smoothness,
        seed=request.seed,
        max_distance=request.max_distance,
    )
    ranking = rank_candidates(
        places.coordinates[chosen],
        values[chosen],
        question,
        is_scored=~places.is_censored[chosen],
    )
    best = ranking.best
    settled = replace(
        request,
        method=best.method,
        transform=best.transform,
        models=request.models if best.model is None else (best.model,),
    )
    return AutoChoice(request, settled, ranking, len(chosen), len(places.values))

import json

import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation import auto_choice
from spatial.interpolation.workflow import SurfaceRequest, build_surface, prepare

EPSG = 32631


def columns(count=120, noise=0.2):
    """A lognormal field that varies over some 150 m."""
    rng = np.random.default_rng(1)
    east, north = rng.uniform(0.0, 900.0, (2, count))
    values = np.exp(
        4.0 + np.sin(east / 150.0) + np.cos(north / 150.0) + noise * rng.normal(size=count)
    )
    return east + 5e5, north + 5e6, values


def auto(**said):
    return SurfaceRequest(
        **{"cell_size": 50.0, "method": "auto", "models": ("spherical", "exponential")} | said
    )


def test_the_best_is_built_and_the_table_is_in_the_card(inline):
    result = build_surface(*columns(), auto(), EPSG, None, inline)
    card = json.loads(json.dumps(result.card, allow_nan=False))
    trials = card["auto"]["trials"]
    scores = [trial["crps"] for trial in trials if trial["crps"] is not None]
    assert scores == sorted(scores)
    assert len(trials) == 2 * 2 * 4 + 2
    assert {trial["transform"] for trial in trials} == {"ln", "none", "box_cox", "normal_score"}
    best = trials[0]
    assert (card["method"], card["transform"]["name"]) == (best["method"], best["transform"])
    assert card["candidates"][0]["model"] == best["model"]
    assert "the best of 18 combinations" in card["warnings"][0]
    assert card["request"]["method"] == "auto"
    # The same surface can be made by naming what was chosen.
    named = auto(method=best["method"], transform=best["transform"], models=(best["model"],))
    again = build_surface(*columns(), named, EPSG, None, inline)
    assert again.card["array_sha256"] == card["array_sha256"]


def test_only_some_of_many_places_are_ranked_and_the_card_says_so(monkeypatch):
    monkeypatch.setattr(auto_choice, "MOST_RANKED_PLACES", 60)
    first, second = (prepare(*columns(), auto(), EPSG) for _ in range(2))
    assert (first.auto.places, first.auto.of_places) == (60, 120)
    assert "of a random 60 of 120 places" in first.warnings[0]
    assert first.fingerprint == second.fingerprint


def test_limits_are_not_scored_and_thresholds_ask_for_probabilities():
    east, north, values = columns()
    limit = np.quantile(values, 0.3)
    is_low = values < limit
    told = (east, north, np.where(is_low, limit, values))
    model = prepare(*told, auto(thresholds=(60.0,), realisations=3), EPSG, is_censored=is_low)
    assert model.family == "gaussian"
    assert {trial.method for trial in model.auto.ranking.trials} == {
        *auto_choice.RANKED_WITH_PROBABILITIES
    }
    assert model.auto.ranking.best.figures.count <= (~is_low).sum()
    assert model.censoring.treatment == "augmentation"


def test_what_auto_would_not_follow_is_refused():
    with pytest.raises(InvalidRequestError, match="need a stated method"):
        auto(filters_nugget=True)
    with pytest.raises(InvalidRequestError, match="has no polynomial trend"):
        auto(drift_degree=1)

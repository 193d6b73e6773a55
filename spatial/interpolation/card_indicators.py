"""The part of the model card about the thresholds of indicator kriging."""

from typing import Any

from spatial.interpolation.card_variogram import describe_fit, describe_variogram
from spatial.interpolation.indicator_fitting import FittedIndicators


def describe_indicators(indicators: FittedIndicators) -> list[dict[str, Any]]:
    """
    Describe what was found of each threshold.

    Parameters
    ----------
    indicators : FittedIndicators
        All thresholds.

    Returns
    -------
    list of dict
        Variogram, candidates with their Brier scores, and how many places are undecided.
    """
    return [
        {
            "threshold": part.threshold,
            "undecided": part.undecided,
            "decided": figures.count,
            "exceeding": figures.exceeding,
            "variogram": describe_variogram(
                part.empirical, part.fit, "indicator", _whose(part.threshold, bool(part.candidates))
            ),
            "candidates": [
                {
                    "model": candidate.name,
                    "fit": describe_fit(candidate.fit),
                    "brier": candidate.brier,
                    "reason": candidate.reason,
                }
                for candidate in part.candidates
            ],
        }
        for part, figures in zip(indicators.thresholds, indicators.figures, strict=True)
    ]


def _whose(threshold: float, is_own: bool) -> str:
    """
    Say what a variogram is one of.

    Parameters
    ----------
    threshold : float
        The guideline value.
    is_own : bool
        Whether the threshold has its own.

    Returns
    -------
    str
        Words.
    """
    if is_own:
        return f"the indicator of {threshold:g}"
    return "the indicator of the threshold that parts the samples most evenly, for all thresholds"

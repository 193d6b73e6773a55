"""What a reader of a surface of indicator kriging must know."""

from spatial.interpolation.card_warnings import warnings_of_fit, warnings_of_samples
from spatial.interpolation.cross_validation_scores import ThresholdFigures
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.indicator_fitting import FittedIndicators
from spatial.interpolation.request import SurfaceRequest

# Of fewer samples on one side of a threshold little can be said.
FEW_ON_A_SIDE = 10


def indicator_warnings(
    request: SurfaceRequest, places: MergedPlaces, indicators: FittedIndicators, reach: float
) -> tuple[str, ...]:
    """
    Say in plain words what a reader must know.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    places : MergedPlaces
        Samples by place.
    indicators : FittedIndicators
        All thresholds.
    reach : float
        How far a sample reaches (m).

    Returns
    -------
    tuple of str
        Sentences; none where there is nothing to say.
    """
    warnings = warnings_of_samples(request, places)
    for part, figures in zip(indicators.thresholds, indicators.figures, strict=True):
        found = warnings_of_fit(part.fit, part.empirical, reach)
        if part.undecided:
            found.insert(
                0,
                f"{part.undecided} places have a detection limit above it: whether they exceed it "
                "is undecidable, and they are left out of it.",
            )
        fewest = min(figures.exceeding, figures.count - figures.exceeding)
        if fewest < FEW_ON_A_SIDE:
            found.append(
                f"Only {fewest} samples lie on one side of it: its probabilities are rough."
            )
        if figures.brier >= _of_the_mean(figures):
            found.append(
                "Left-out samples are told apart no better than by the share of all samples."
            )
        warnings.extend(f"Threshold {part.threshold:g}: {sentence}" for sentence in found)
    return tuple(warnings)


def _of_the_mean(figures: ThresholdFigures) -> float:
    """
    Return the Brier score of always saying the share of all samples.

    Parameters
    ----------
    figures : ThresholdFigures
        Of one threshold.

    Returns
    -------
    float
        Share times one minus share.
    """
    share = figures.exceeding / figures.count
    return float(share * (1.0 - share))

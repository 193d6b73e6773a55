"""Tiles of probabilities at stated thresholds."""

from spatial.arrays import FloatArray
from spatial.distributions.thresholds import probability_band
from spatial.grids import Grid, Tile
from spatial.interpolation.coverage import is_inside_outline
from spatial.interpolation.indicator_fitting import FittedIndicators
from spatial.interpolation.indicator_kriging import IndicatorKriging
from spatial.interpolation.kept import keep
from spatial.interpolation.surface_model import SurfaceModel


def predict_threshold_tile(
    model: SurfaceModel, indicators: FittedIndicators, grid: Grid, tile: Tile
) -> dict[str, FloatArray]:
    """
    Calculate one tile of a surface of the family thresholds.

    Parameters
    ----------
    model : SurfaceModel
        From `prepare`.
    indicators : FittedIndicators
        Its thresholds.
    grid : Grid
        The cells.
    tile : Tile
        The window of the grid.

    Returns
    -------
    dict of ndarray, shape (tile.rows, tile.columns)
        P(z > T) by band; NaN where any threshold says nothing.
    """

    def fitted_indicators() -> IndicatorKriging:
        kriging = IndicatorKriging(
            model.request.thresholds, indicators.variograms, model.settings.kriging_options
        )
        return kriging.fit(model.places.coordinates, model.places.values, indicators.is_below)

    kriging = keep(model.fingerprint, fitted_indicators)
    told = kriging.predict_grid_probabilities(
        grid, tile, is_inside_outline(model, grid, tile), model.max_distance
    )
    return {
        probability_band(threshold): probability.reshape(tile.rows, tile.columns)
        for threshold, probability in zip(told.thresholds, told.probability.T, strict=True)
    }

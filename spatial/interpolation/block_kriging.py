"""Block kriging: the mean over a rectangle, of values without a transform."""

from dataclasses import replace

from spatial.errors import InvalidRequestError
from spatial.interpolation.block import Block
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.predictand import KrigingOptions


class BlockKriging(GeneralKriging):
    """
    Kriging of the mean over a rectangle around each place.

    Right for values without a transform. The mean of a block of logarithms is not the logarithm of
    its mean: under a transform block means come from simulation.

    Parameters
    ----------
    variogram : VariogramModel
        The covariance of point values.
    block : Block
        The rectangle and how it is discretised.
    drift : Drift, optional
        The trend; a constant unless stated.
    options : KrigingOptions, optional
        Neighbourhood, distance, errors of measurement.

    Notes
    -----
    Covariances with a block are means over its points (Journel & Huijbregts 1978; Chilès & Delfiner
    2012, section 3.5). The nugget averages out over a block, so a sample inside one does not give
    the block its value.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=10.0)
    >>> kriging = BlockKriging(model, Block(4.0, 4.0)).fit([[0, 0], [4, 0]], [1.0, 3.0])
    >>> kriging.predict([[2, 0]]).location.round(9)
    array([2.])
    """

    def __init__(
        self,
        variogram: VariogramModel,
        block: Block,
        drift: Drift | None = None,
        options: KrigingOptions | None = None,
    ) -> None:
        told = replace(options or KrigingOptions(), block=block)
        super().__init__(variogram, drift or Drift(), options=told)


def from_settings(settings: MethodSettings) -> BlockKriging:
    """
    Make the method from what it is told.

    Parameters
    ----------
    settings : MethodSettings
        Variogram, options with a block, and drift are used.

    Returns
    -------
    BlockKriging
        Not yet fitted.

    Raises
    ------
    InvalidRequestError
        Where there is no variogram or no block.
    """
    if settings.variogram is None:
        raise InvalidRequestError("Kriging needs a variogram model.")
    block = settings.kriging_options.block
    if block is None:
        raise InvalidRequestError("Block kriging needs the size of a block.")
    return BlockKriging(settings.variogram, block, settings.drift, settings.kriging_options)

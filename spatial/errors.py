"""
What can go wrong in the numerics, each a sentence an analyst understands.

::

    SpatialError (a ValueError)
    ├── InvalidCoordinatesError     a coordinate is missing, infinite or in the wrong unit
    ├── InvalidValuesError          a value is missing or infinite
    │   ├── MissingCovariateError   a covariate is not known where it is needed
    │   └── CensoredValuesError     too few values above the detection limits to say anything
    ├── InvalidRequestError         a setting contradicts itself or is out of range
    │   └── UnknownNameError        no method, model, transform or definition of that name
    ├── TransformDomainError        a value the transform is not defined for
    ├── TooFewPlacesError           too few separate places for the method
    ├── ConstantValuesError         every value is the same: nothing to interpolate
    ├── VariogramError              no variogram can be calculated or fitted
    ├── SingularSystemError         the kriging equations have no stable solution
    │   └── CollinearDriftError     the parts of a trend cannot be told apart
    ├── NoQuantityError             a surface was asked for what its family cannot say
    │   └── NoProbabilityError      a probability of a method, or at a threshold, without one
    ├── ExtentError                 no metric coordinate system suits the extent
    ├── GridError                   a grid that cannot be
    │   └── GridTooLargeError       more cells than allowed; carries a suggested cell size
    ├── TooExpensiveError           too long, or too much memory; may carry a suggested cell size
    └── RasterError                 a raster file could not be written or read
"""


class SpatialError(ValueError):
    """The parent of every error of this package."""


class InvalidCoordinatesError(SpatialError):
    """A coordinate is missing, infinite or in the wrong unit."""


class InvalidValuesError(SpatialError):
    """A value is missing or infinite, or there is not one per place."""


class MissingCovariateError(InvalidValuesError):
    """A covariate is not known where it is needed."""


class CensoredValuesError(InvalidValuesError):
    """Too few values lie above the detection limits to say anything."""


class InvalidRequestError(SpatialError):
    """A setting contradicts itself or is out of range."""


class UnknownNameError(InvalidRequestError):
    """There is no method, model, transform or definition of that name."""


class TransformDomainError(SpatialError):
    """A value the transform is not defined for, such as zero under ln."""


class TooFewPlacesError(SpatialError):
    """There are too few separate places for the method."""


class ConstantValuesError(SpatialError):
    """Every value is the same, so there is nothing to interpolate."""


class VariogramError(SpatialError):
    """No variogram can be calculated or fitted."""


class SingularSystemError(SpatialError):
    """The kriging equations have no stable solution."""


class CollinearDriftError(SingularSystemError):
    """The parts of a trend cannot be told apart by the samples."""


class NoQuantityError(SpatialError):
    """A surface was asked for something that its family of distributions cannot say."""


class NoProbabilityError(NoQuantityError):
    """A probability was asked of a method, or at a threshold, that has none."""


class ExtentError(SpatialError):
    """No metric coordinate system suits the extent."""


class GridError(SpatialError):
    """A grid that cannot be, such as one without cells."""


class GridTooLargeError(GridError):
    """
    More cells than allowed.

    Parameters
    ----------
    message : str
        The sentence for the analyst.
    suggested_cell_size : float
        A round cell size in metres that would be allowed.
    """

    def __init__(self, message: str, suggested_cell_size: float) -> None:
        super().__init__(message, suggested_cell_size)
        self.message = message
        self.suggested_cell_size = suggested_cell_size

    def __str__(self) -> str:
        return self.message


class TooExpensiveError(SpatialError):
    """
    It would take longer, or more memory, than allowed.

    Parameters
    ----------
    message : str
        The sentence for the analyst.
    suggested_cell_size : float, optional
        A round cell size in metres that would be allowed, where a larger cell helps.
    """

    def __init__(self, message: str, suggested_cell_size: float | None) -> None:
        super().__init__(message, suggested_cell_size)
        self.message = message
        self.suggested_cell_size = suggested_cell_size

    def __str__(self) -> str:
        return self.message


class RasterError(SpatialError):
    """A raster file could not be written or read."""

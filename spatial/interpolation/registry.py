"""The methods of interpolation by name. Adding one is one file and one entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.interpolation.contract import (
    Family,
    Interpolator,
    MethodSettings,
    ThresholdInterpolator,
)


@dataclass(frozen=True, slots=True)
class Method:
    """
    One method, known before it is imported.

    Parameters
    ----------
    name : str
        The name in requests and model cards.
    title : str
        What it is, for people.
    family : {"gaussian", "none", "thresholds", "realisations"}
        Which distribution its surface has.
    module : str
        Where its ``from_settings`` is (of the family realisations: its ``draw_bands``), imported
        at first use.
    """

    name: str
    title: str
    family: Family
    module: str

    def create(self, settings: MethodSettings) -> Interpolator:
        """
        Return the method, not yet fitted.

        Parameters
        ----------
        settings : MethodSettings
            What it is told.

        Returns
        -------
        Interpolator
            Ready for ``fit``.

        Raises
        ------
        InvalidRequestError
            Where the method gives probabilities at thresholds and no surface of values, or its
            settings lack something.
        """
        if self.family == "thresholds":
            raise InvalidRequestError(
                f"{self.title} gives probabilities at stated thresholds and no surface of "
                "concentrations; choose another method for a surface."
            )
        if self.family == "realisations":
            raise InvalidRequestError(
                f"{self.title} draws realisations of a whole grid and predicts no single places: "
                "`build_surface` draws them."
            )
        from_settings = cast(
            "Callable[[MethodSettings], Interpolator]", import_module(self.module).from_settings
        )
        return from_settings(settings)

    def create_for_thresholds(self, settings: MethodSettings) -> ThresholdInterpolator:
        """
        Return a method of the family thresholds, not yet fitted.

        Parameters
        ----------
        settings : MethodSettings
            What it is told, with thresholds.

        Returns
        -------
        ThresholdInterpolator
            Ready for ``fit``.

        Raises
        ------
        InvalidRequestError
            Where the method is of another family.
        """
        if self.family != "thresholds":
            raise InvalidRequestError(
                f"{self.title} gives a surface of values; its probabilities follow from that."
            )
        from_settings = cast(
            "Callable[[MethodSettings], ThresholdInterpolator]",
            import_module(self.module).from_settings,
        )
        return from_settings(settings)


METHODS = {
    method.name: method
    for method in (
        Method(
            "ordinary_kriging",
            "Ordinary kriging",
            "gaussian",
            "spatial.interpolation.kriging",
        ),
        Method(
            "simple_kriging",
            "Simple kriging",
            "gaussian",
            "spatial.interpolation.simple_kriging",
        ),
        Method(
            "universal_kriging",
            "Universal kriging",
            "gaussian",
            "spatial.interpolation.universal_kriging",
        ),
        Method(
            "external_drift",
            "Kriging with external drift",
            "gaussian",
            "spatial.interpolation.external_drift",
        ),
        Method(
            "block_kriging",
            "Block kriging",
            "gaussian",
            "spatial.interpolation.block_kriging",
        ),
        Method(
            "indicator_kriging",
            "Indicator kriging",
            "thresholds",
            "spatial.interpolation.indicator_kriging",
        ),
        Method(
            "simulation",
            "Sequential Gaussian simulation",
            "realisations",
            "spatial.interpolation.simulation_surface",
        ),
        Method(
            "nearest",
            "Nearest sample",
            "none",
            "spatial.interpolation.nearest",
        ),
        Method(
            "inverse_distance",
            "Inverse distance weighting",
            "none",
            "spatial.interpolation.inverse_distance",
        ),
    )
}


def get_method(name: str) -> Method:
    """
    Return a method by name.

    Parameters
    ----------
    name : str
        A key of `METHODS`.

    Returns
    -------
    Method
        Its entry.

    Raises
    ------
    UnknownNameError
        With the names there are.

    Examples
    --------
    >>> get_method("inverse_distance").family
    'none'
    >>> get_method("magic")
    Traceback (most recent call last):
        ...
    spatial.errors.UnknownNameError: There is no method of interpolation called 'magic'; there \
are: block_kriging, external_drift, indicator_kriging, inverse_distance, nearest, \
ordinary_kriging, simple_kriging, simulation, universal_kriging.
    """
    if name not in METHODS:
        raise UnknownNameError(
            f"There is no method of interpolation called {name!r}; there are: "
            f"{', '.join(sorted(METHODS))}."
        )
    return METHODS[name]

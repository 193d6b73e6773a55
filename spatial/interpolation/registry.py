"""The methods of interpolation by name. Adding one is one file and one entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from spatial.errors import UnknownNameError
from spatial.interpolation.contract import Family, Interpolator, MethodSettings


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
    family : {"gaussian", "none"}
        Which distribution its surface has.
    module : str
        Where its ``from_settings`` is, imported at first use.
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
        """
        from_settings = cast(
            "Callable[[MethodSettings], Interpolator]", import_module(self.module).from_settings
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
are: inverse_distance, ordinary_kriging.
    """
    if name not in METHODS:
        raise UnknownNameError(
            f"There is no method of interpolation called {name!r}; there are: "
            f"{', '.join(sorted(METHODS))}."
        )
    return METHODS[name]

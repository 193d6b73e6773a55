"""The definitions of a hotspot by name. Adding one is one file and one entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.hotspots.contract import Definition


@dataclass(frozen=True, slots=True)
class DefinitionEntry:
    """
    One definition, known before it is imported.

    Parameters
    ----------
    name : str
        The name in requests and layers.
    title : str
        What it is, for people.
    module : str
        Where its class is, imported at first use.
    class_name : str
        The class, made from the definition's parameters.
    """

    name: str
    title: str
    module: str
    class_name: str

    def create(self, **parameters: Any) -> Definition:
        """
        Return the definition with its parameters.

        Parameters
        ----------
        **parameters : object
            What the class takes.

        Returns
        -------
        Definition
            Ready for ``find``.

        Raises
        ------
        InvalidRequestError
            Where a parameter is missing or unknown.
        """
        make = cast(
            "Callable[..., Definition]", getattr(import_module(self.module), self.class_name)
        )
        try:
            return make(**parameters)
        except TypeError as error:
            raise InvalidRequestError(
                f"The definition {self.name!r} does not take exactly these parameters: "
                f"{', '.join(sorted(parameters)) or 'none'}."
            ) from error


DEFINITIONS = {
    entry.name: entry
    for entry in (
        DefinitionEntry(
            "exceedance",
            "Probability of exceeding a guideline value",
            "spatial.hotspots.exceedance",
            "Exceedance",
        ),
    )
}


def get_definition(name: str) -> DefinitionEntry:
    """
    Return a definition by name.

    Parameters
    ----------
    name : str
        A key of `DEFINITIONS`.

    Returns
    -------
    DefinitionEntry
        Its entry.

    Raises
    ------
    UnknownNameError
        With the names there are.

    Examples
    --------
    >>> get_definition("exceedance").create(threshold=200.0, q=0.5)
    Exceedance(threshold=200.0, q=0.5, connectivity=4, fewest_cells=1)
    """
    if name not in DEFINITIONS:
        raise UnknownNameError(
            f"There is no definition of a hotspot called {name!r}; there are: "
            f"{', '.join(sorted(DEFINITIONS))}."
        )
    return DEFINITIONS[name]

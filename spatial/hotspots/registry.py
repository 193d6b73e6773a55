"""The definitions of a hotspot by name. Adding one is one file and one entry here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from importlib import import_module
from typing import Any, Literal, cast

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.hotspots.contract import Definition, JointDefinition
from spatial.hotspots.parameters import Parameter


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
    needs : {"surface", "samples"}
        What it looks at: a surface's bands, or samples alone.
    takes_threshold : bool
        Whether it holds concentrations against a guideline value.
    module : str
        Where its class is, imported at first use.
    class_name : str
        The class, made from the definition's parameters.
    parameters : tuple of Parameter
        What it takes beside the threshold.
    contaminants : tuple of int
        How many contaminants it looks at, from and to; each has its own threshold where there
        are several.
    """

    name: str
    title: str
    needs: Literal["surface", "samples"]
    takes_threshold: bool
    module: str
    class_name: str
    parameters: tuple[Parameter, ...]
    contaminants: tuple[int, int] = (1, 1)

    @property
    def takes_several(self) -> bool:
        """Whether it looks at more than one contaminant."""
        return self.contaminants[1] > 1

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """
        Check parameters, and add those that are absent.

        Parameters
        ----------
        given : mapping
            By name; None counts as absent.

        Returns
        -------
        dict
            All parameters that have a value.

        Raises
        ------
        InvalidRequestError
            Where one is unknown or out of range.

        Examples
        --------
        >>> get_definition("percentile").complete({"share": "0.1"})
        {'share': 0.1, 'of': 'surface'}
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InvalidRequestError(
                f"The definition {self.name} takes no {unknown[0][:80]}; it takes: "
                f"{', '.join(known)}."
            )
        found = {}
        for name, parameter in known.items():
            value = given.get(name)
            value = parameter.default if value is None else parameter.read(value)
            if value is not None:
                found[name] = value
        return found

    def looks_at(self, parameters: Mapping[str, Any]) -> Literal["surface", "samples"]:
        """
        Return what the definition looks at with these parameters.

        Parameters
        ----------
        parameters : mapping
            Complete ones.

        Returns
        -------
        {"surface", "samples"}
            The parameter ``of`` where it has one.
        """
        return "samples" if parameters.get("of") == "samples" else self.needs

    def create(self, parameters: Mapping[str, Any], threshold: float | None = None) -> Definition:
        """
        Return a definition of one contaminant with its parameters.

        Parameters
        ----------
        parameters : mapping
            By name; parcels as shapely polygons in the plane of the evidence.
        threshold : float, optional
            The guideline value, where the definition takes one.

        Returns
        -------
        Definition
            Ready to mark cells.

        Raises
        ------
        InvalidRequestError
            Where a parameter is unknown, or contradicts another.
        """
        complete = self.complete(parameters)
        if self.takes_several:
            raise InvalidRequestError(
                f"The definition {self.name} looks at several contaminants, each with a threshold."
            )
        if self.takes_threshold != (threshold is not None):
            verb = "needs a" if self.takes_threshold else "takes no"
            raise InvalidRequestError(f"The definition {self.name} {verb} threshold.")
        if self.takes_threshold:
            complete["threshold"] = threshold
        return cast("Definition", self._make(complete))

    def create_joint(
        self, parameters: Mapping[str, Any], thresholds: Sequence[float]
    ) -> JointDefinition:
        """
        Return a definition of several contaminants with its parameters.

        Parameters
        ----------
        parameters : mapping
            By name.
        thresholds : sequence of float
            The guideline value of each contaminant.

        Returns
        -------
        JointDefinition
            Ready to mark cells.

        Raises
        ------
        InvalidRequestError
            Where a parameter is unknown or contradicts another, or the definition looks at one
            contaminant alone.
        """
        if not self.takes_several:
            raise InvalidRequestError(f"The definition {self.name} looks at one contaminant.")
        complete = self.complete(parameters) | {"thresholds": tuple(thresholds)}
        return cast("JointDefinition", self._make(complete))

    def _make(self, complete: dict[str, Any]) -> Any:
        """Import the definition's class and make one."""
        make = getattr(import_module(self.module), self.class_name)
        return make(**_grouped(make, complete))

    def described(self) -> dict[str, Any]:
        """
        Return what the definition is, for a list.

        Returns
        -------
        dict
            Ready for JSON.
        """
        return {
            "name": self.name,
            "title": self.title,
            "needs": self.needs,
            "takes_threshold": self.takes_threshold,
            "contaminants": list(self.contaminants),
            "parameters": [parameter.described() for parameter in self.parameters],
        }


def _grouped(make: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """
    Put parameters that a definition keeps in a part of its own into that part.

    Parameters
    ----------
    make : type
        The definition's class.
    parameters : dict
        All parameters by name.

    Returns
    -------
    dict
        What the class takes.
    """
    own = {field.name: field for field in fields(make)}
    arguments = {name: value for name, value in parameters.items() if name in own}
    if "parcels" in arguments:
        arguments["parcels"] = tuple(arguments["parcels"])
    rest = {name: value for name, value in parameters.items() if name not in own}
    if rest:
        [part] = [field for field in own.values() if field.default_factory is not MISSING]
        arguments[part.name] = cast("Callable[..., Any]", part.default_factory)(**rest)
    return arguments


_FRACTIONS = (
    Parameter("likely", "number", "P from which on a polygon is likely", 0.8, 0.0, 1.0),
    Parameter("possible", "number", "P from which on one is possible", 0.5, 0.0, 1.0),
    Parameter(
        "cannot_be_ruled_out", "number", "P from which on one cannot be ruled out", 0.2, 0.0, 1.0
    ),
    Parameter(
        "undecidable_variance",
        "number",
        "share of the sill from which kriging variance on a cell is undecidable",
        0.9,
        0.01,
        100.0,
    ),
)
_REACH = Parameter(
    "reach", "number", "m; how far a place speaks for cells around it", None, 0.01, 1e7
)
_NEIGHBOURHOOD = (
    Parameter("neighbours", "integer", "k nearest places; 8 without a distance", None, 1, 1000),
    Parameter("distance", "number", "m; all places within it, in place of k", None, 0.01, 1e7),
    Parameter("scores", "choice", "what is compared", "ln", choices=("ln", "rank", "none")),
    Parameter(
        "p_values",
        "choice",
        "where they come from",
        "analytic",
        choices=("analytic", "permutation"),
    ),
    Parameter("permutations", "integer", "of p_values permutation", 999, 99, 99_999),
    Parameter(
        "false_discovery_rate", "number", "accepted (Benjamini-Hochberg)", 0.05, 1e-6, 0.999999
    ),
    _REACH,
    Parameter("seed", "integer", "of the permutations", 0, 0, 2**53),
)

DEFINITIONS = {
    entry.name: entry
    for entry in (
        DefinitionEntry(
            "exceedance",
            "Probability of exceeding a guideline value at a point",
            "surface",
            True,
            "spatial.hotspots.exceedance",
            "Exceedance",
            _FRACTIONS,
        ),
        DefinitionEntry(
            "block-mean",
            "Probability that the mean of a block or parcel exceeds a guideline value",
            "surface",
            True,
            "spatial.hotspots.block_mean",
            "BlockMean",
            (
                Parameter(
                    "block_size", "number", "m; side of a block, whole cells", None, 0.01, 1e7
                ),
                Parameter("parcels", "parcels", "GeoJSON polygons in degrees, in place of blocks"),
                *_FRACTIONS,
            ),
        ),
        DefinitionEntry(
            "getis-ord",
            "Clusters of high values (Gi*)",
            "samples",
            False,
            "spatial.hotspots.getis_ord",
            "GetisOrd",
            _NEIGHBOURHOOD,
        ),
        DefinitionEntry(
            "local-moran",
            "High values among high ones, and isolated spikes (local Moran's I)",
            "samples",
            False,
            "spatial.hotspots.local_moran",
            "Moran",
            _NEIGHBOURHOOD,
        ),
        DefinitionEntry(
            "percentile",
            "The highest share of a surface or of samples",
            "surface",
            False,
            "spatial.hotspots.percentile",
            "Percentile",
            (
                Parameter("share", "number", "0.05 for the highest 5 %", 0.05, 1e-6, 0.999999),
                Parameter(
                    "of", "choice", "cells or places", "surface", choices=("surface", "samples")
                ),
                _REACH,
            ),
        ),
        DefinitionEntry(
            "coexistence",
            "Probability that several contaminants exceed their guideline values at once",
            "surface",
            True,
            "spatial.hotspots.coexistence",
            "Coexistence",
            (
                Parameter(
                    "at_least", "integer", "how many contaminants have to exceed, k", 2, 1, 6
                ),
                Parameter(
                    "correlation",
                    "correlation",
                    "one number for all pairs, or a matrix; fitted where all were measured",
                ),
                *_FRACTIONS,
            ),
            (2, 6),
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
    >>> get_definition("percentile").create({"share": 0.1})
    Percentile(share=0.1, of='surface', reach=None)
    """
    if name not in DEFINITIONS:
        raise UnknownNameError(
            f"There is no definition of a hotspot called {name[:80]!r}; there are: "
            f"{', '.join(sorted(DEFINITIONS))}."
        )
    return DEFINITIONS[name]

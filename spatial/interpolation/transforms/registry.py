"""The transforms by name. Adding one is one file and one entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, as_values
from spatial.errors import InvalidRequestError, InvalidValuesError, UnknownNameError
from spatial.interpolation.transforms.box_cox import BoxCox
from spatial.interpolation.transforms.contract import Transform
from spatial.interpolation.transforms.identity import Identity
from spatial.interpolation.transforms.logarithm import NaturalLogarithm
from spatial.interpolation.transforms.normal_score import NormalScore

Fitted = Callable[[FloatArray, FloatArray | None, Mapping[str, float]], Transform]


@dataclass(frozen=True, slots=True)
class TransformEntry:
    """
    One transform.

    Parameters
    ----------
    name : str
        The name in requests and model cards.
    title : str
        What it is, for people.
    kind : type
        Its class, made with the parameters of a card.
    options : tuple of str
        What an analyst may state when it is fitted; the rest comes from the samples.
    """

    name: str
    title: str
    kind: type[Identity] | type[NaturalLogarithm] | type[BoxCox] | type[NormalScore]
    options: tuple[str, ...] = ()

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """What a card must keep to make the transform again."""
        return tuple(part.name for part in fields(self.kind)) if is_dataclass(self.kind) else ()


TRANSFORMS = {
    entry.name: entry
    for entry in (
        TransformEntry("none", "None", Identity),
        TransformEntry("ln", "Natural logarithm", NaturalLogarithm),
        TransformEntry("box_cox", "Box–Cox", BoxCox, ("power",)),
        TransformEntry(
            "normal_score",
            "Normal score",
            NormalScore,
            ("minimum", "lower_power", "upper_power"),
        ),
    )
}


def check_transform(name: str, options: Mapping[str, float] | None = None) -> None:
    """
    Refuse a transform nobody knows, or options it does not have.

    Parameters
    ----------
    name : str
        The name asked for.
    options : mapping of str to float, optional
        What is stated of it.

    Raises
    ------
    UnknownNameError
        With the names there are.
    """
    if name not in TRANSFORMS:
        raise UnknownNameError(
            f"There is no transform called {name!r}; there are: {', '.join(TRANSFORMS)}."
        )
    known = TRANSFORMS[name].options
    unknown = sorted(set(options or {}) - set(known))
    if unknown:
        raise UnknownNameError(
            f"The transform {name!r} has no option {unknown[0]!r}; it has: "
            f"{', '.join(known) or 'none'}."
        )


def get_transform(
    name: str, parameters: Mapping[str, float | list[float]] | None = None
) -> Transform:
    """
    Return a transform by name, as a model card states it.

    Parameters
    ----------
    name : str
        A key of `TRANSFORMS`.
    parameters : mapping, optional
        The card's parameters.

    Returns
    -------
    Transform
        The transform, the same to the last bit as the one the card was written of.

    Raises
    ------
    UnknownNameError
        With the names there are.
    InvalidRequestError
        Where parameters are missing or there are others.

    Examples
    --------
    >>> get_transform("ln").name
    'ln'
    """
    check_transform(name)
    entry, given = TRANSFORMS[name], dict(parameters or {})
    if set(given) != set(entry.parameter_names):
        wanted = ", ".join(entry.parameter_names) or "none"
        raise InvalidRequestError(
            f"The transform {name!r} is made of the parameters {wanted}; got "
            f"{', '.join(sorted(given)) or 'none'}. Fit it to samples, or take it from a card."
        )
    make = cast("Callable[..., Transform]", entry.kind)
    return make(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    )


def fit_transform(
    name: str,
    values: ArrayLike,
    weights: ArrayLike | None = None,
    options: Mapping[str, float] | None = None,
) -> Transform:
    """
    Return a transform fitted to samples.

    Parameters
    ----------
    name : str
        A key of `TRANSFORMS`.
    values : array_like, shape (n,)
        Concentrations.
    weights : array_like, shape (n,), optional
        Declustering weights, 0 or more; all the same when absent.
    options : mapping of str to float, optional
        What is stated and not to be taken from the samples.

    Returns
    -------
    Transform
        Fitted where it has something to fit.

    Raises
    ------
    UnknownNameError
        Where the transform or an option is not known.
    InvalidValuesError
        Where a value or a weight cannot be used.
    TransformDomainError
        Where the transform is not defined for a value.
    ConstantValuesError
        Where all values are equal.

    Examples
    --------
    >>> fit_transform("box_cox", [1.0, 2.0, 4.0, 8.0, 16.0]).parameters["largest"]
    16.0
    """
    check_transform(name, options)
    kind = TRANSFORMS[name].kind
    if kind is Identity or kind is NaturalLogarithm:
        return get_transform(name)
    numbers = as_values(values, np.size(values))
    shares = None
    if weights is not None:
        shares = as_values(weights, len(numbers))
        if (shares < 0.0).any() or not shares.sum() > 0.0:
            raise InvalidValuesError("Declustering weights must be 0 or more, and not all 0.")
    fitted = cast("Fitted", cast("type[BoxCox]", kind).fitted)
    return fitted(numbers, shares, dict(options or {}))

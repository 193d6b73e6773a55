"""Summaries of censored values by name. Adding one is one file and one entry here."""

from numpy.typing import ArrayLike

from spatial.errors import UnknownNameError
from spatial.interpolation.censoring import (
    kaplan_meier,
    likelihood,
    order_statistics,
    substitution,
)
from spatial.interpolation.censoring.contract import CensoredSummary, Summarise, as_censored

SUMMARIES: dict[str, Summarise] = {
    "ros": order_statistics.summarise,
    "kaplan_meier": kaplan_meier.summarise,
    "maximum_likelihood": likelihood.summarise,
    "substitution_half": substitution.by("substitution_half"),
    "substitution_root": substitution.by("substitution_root"),
}


def summarise_censored(
    values: ArrayLike, is_censored: ArrayLike, method: str = "ros"
) -> CensoredSummary:
    """
    Summarise values of which some are only known to lie below a detection limit.

    Parameters
    ----------
    values : array_like, shape (n,)
        Measured values, or detection limits; positive.
    is_censored : array_like of bool, shape (n,)
        Which are limits; there may be several different ones.
    method : str
        A key of `SUMMARIES`.

    Returns
    -------
    CensoredSummary
        Mean, standard deviation, median and quantiles.

    Raises
    ------
    UnknownNameError
        With the names there are.
    InvalidValuesError
        Where values or marks cannot be used; `CensoredValuesError` where too few were measured.
    TransformDomainError
        Where a value or a limit is zero or negative.
    ConstantValuesError
        Where all measured values are equal.

    Examples
    --------
    >>> summary = summarise_censored([1.0, 2.0, 4.0, 9.0], [True, False, False, False])
    >>> summary.censored_count, summary.median
    (1, 3.0)
    """
    if method not in SUMMARIES:
        raise UnknownNameError(
            f"There is no summary of censored values called {method!r}; there are: "
            f"{', '.join(SUMMARIES)}."
        )
    return SUMMARIES[method](as_censored(values, is_censored))

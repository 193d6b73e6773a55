"""A fixed share of the detection limit in place of what is not known: a fallback, labelled so."""

from functools import partial

import numpy as np

from spatial.interpolation.censoring.contract import (
    PROBABILITIES,
    CensoredSummary,
    CensoredValues,
    Summarise,
    named_quantiles,
)

SHARES = {
    "substitution_half": (0.5, "half the detection limit"),
    "substitution_root": (0.5**0.5, "the detection limit over √2"),
}


def summarise(data: CensoredValues, *, name: str) -> CensoredSummary:
    """
    Put a share of each limit in place of the value, and summarise.

    Parameters
    ----------
    data : CensoredValues
        The values.
    name : {"substitution_half", "substitution_root"}
        Which share.

    Returns
    -------
    CensoredSummary
        Its label says that the figures rest on invented values.

    Notes
    -----
    Helsel (2012), chapter 1: the figures depend on the limits more than on what was sampled.

    Examples
    --------
    >>> data = CensoredValues(np.array([1.0, 2.0, 4.0]), np.array([True, False, False]))
    >>> round(summarise(data, name="substitution_half").mean, 3)
    2.167
    """
    share, words = SHARES[name]
    filled = np.where(data.is_censored, share * data.values, data.values)
    return CensoredSummary(
        method=name,
        label=f"substitution by {words}: not recommended, the values in place are invented",
        count=len(filled),
        censored_count=len(data.limits),
        mean=float(filled.mean()),
        sd=float(filled.std(ddof=1)),
        median=float(np.median(filled)),
        quantiles=named_quantiles(np.quantile(filled, PROBABILITIES)),
    )


def by(name: str) -> Summarise:
    """
    Return the summary with one share.

    Parameters
    ----------
    name : {"substitution_half", "substitution_root"}
        Which share.

    Returns
    -------
    callable
        Takes values, returns their summary.
    """
    return partial(summarise, name=name)

"""The families of surfaces by name. Adding one is one file and one entry here."""

from collections.abc import Callable, Mapping
from typing import Any

from spatial.distributions.contract import Distribution, Family
from spatial.distributions.estimates import Estimates
from spatial.distributions.gaussian import Gaussian
from spatial.distributions.realisations import Realisations
from spatial.distributions.thresholds import Thresholds
from spatial.errors import UnknownNameError

FAMILIES: dict[Family, Callable[[Mapping[str, Any]], Distribution]] = {
    Gaussian.family: Gaussian.from_card,
    Thresholds.family: Thresholds.from_card,
    Realisations.family: Realisations.from_card,
    Estimates.family: Estimates.from_card,
}


def distribution_of(card: Mapping[str, Any]) -> Distribution:
    """
    Return the distribution of the surface a model card describes.

    Parameters
    ----------
    card : mapping
        A model card, also one that was kept as JSON.

    Returns
    -------
    Distribution
        Ready to be asked.

    Raises
    ------
    UnknownNameError
        Where the card names a family there is not.

    Examples
    --------
    >>> distribution_of({"family": "none", "method": "nearest"}).band_names
    ('value',)
    >>> distribution_of({"family": "magic"})
    Traceback (most recent call last):
        ...
    spatial.errors.UnknownNameError: There is no family of surfaces called 'magic'; there are: \
gaussian, thresholds, realisations, none.
    """
    for name, from_card in FAMILIES.items():
        if name == card["family"]:
            return from_card(card)
    raise UnknownNameError(
        f"There is no family of surfaces called {card['family']!r}; there are: "
        f"{', '.join(FAMILIES)}."
    )

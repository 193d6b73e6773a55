"""Surfaces of the store as distributions; what one cannot say is a sentence for the caller."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.db.models import Surface
from app.errors import Unprocessable
from spatial.distributions.contract import Distribution
from spatial.distributions.registry import distribution_of as _distribution_of
from spatial.errors import SpatialError


def distribution_of(surface: Surface) -> Distribution:
    """Return what a surface can be asked."""
    return _distribution_of(surface.card)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a surface cannot say into an answer with the remedy.

    Raises
    ------
    Unprocessable
        In place of the numerics' own error.
    """
    try:
        yield
    except SpatialError as error:
        raise Unprocessable(str(error)) from error

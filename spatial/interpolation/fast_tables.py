"""Tables of correlations that have no closed form, for kernels."""

import numpy as np

from spatial.arrays import FloatArray
from spatial.interpolation.covariance import VariogramModel, correlation

# Smoothness whose Matérn correlation needs no Bessel function.
CLOSED_FORMS = (0.5, 1.5, 2.5)
# Eight parts an octave from 2^-30 to 2^10: below the correlation is 1, above it is 0.
FIRST_OCTAVE, OCTAVES, TERMS = -30, 40, 12
PARTS = 8 * OCTAVES
SIZE = PARTS * TERMS
LEAST, MOST = 2.0**FIRST_OCTAVE, 2.0 ** (FIRST_OCTAVE + OCTAVES)


def correlation_tables(model: VariogramModel) -> FloatArray:
    """
    Tabulate the Matérn structures of a model that have no closed form.

    Parameters
    ----------
    model : VariogramModel
        The model.

    Returns
    -------
    ndarray, shape (tables * 3840,)
        For each such structure twelve Chebyshev coefficients of 320 parts; empty for none.

    Notes
    -----
    r^ν K_ν(r) is analytic but at 0. A part reaches from a to at most 9a/8, so 0 lies 17 half-widths
    from its middle and coefficients fall by 34 from one to the next: twelve leave 1e-18.

    Examples
    --------
    >>> model = VariogramModel.single("matern", nugget=0, partial_sill=1, scale=9, smoothness=0.8)
    >>> correlation_tables(model).shape
    (3840,)
    """
    octave = 2.0 ** np.arange(FIRST_OCTAVE, FIRST_OCTAVE + OCTAVES)
    starts = (octave[:, np.newaxis] * (1.0 + np.arange(8) / 8.0)).ravel()
    widths = np.repeat(octave / 8.0, 8)
    angles = np.pi * (np.arange(TERMS) + 0.5) / TERMS
    ratios = starts[:, np.newaxis] + widths[:, np.newaxis] * (np.cos(angles) + 1.0) / 2.0
    waves = np.cos(angles[:, np.newaxis] * np.arange(TERMS)) * (2.0 / TERMS)
    waves[:, 0] /= 2.0
    tables = [
        (correlation("matern", ratios, part.smoothness) @ waves).ravel()
        for part in model.structures
        if part.name == "matern" and part.smoothness not in CLOSED_FORMS
    ]
    return np.concatenate([np.empty(0), *tables])

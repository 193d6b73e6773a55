import pytest

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.interpolation.request import SurfaceRequest


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"estimator": "genton"}, UnknownNameError, "no variogram estimator"),
        ({"fit_method": "ols"}, UnknownNameError, "no way of fitting called 'ols'"),
        ({"models": ("spherical+cubic",)}, UnknownNameError, "no covariance model called 'cubic'"),
        ({"models": ()}, InvalidRequestError, "At least one covariance model"),
        ({"anisotropy": "auto"}, InvalidRequestError, 'must be "fitted", or an azimuth'),
        ({"anisotropy": (30.0, 2.0)}, InvalidRequestError, "ratio of an anisotropy"),
        ({"declustering": "kernel"}, UnknownNameError, "no declustering called 'kernel'"),
        ({"transform_options": {"power": 1.0}}, UnknownNameError, "'ln' has no option 'power'"),
        ({"lags": 2}, InvalidRequestError, "lags must be 3 or more"),
        ({"smoothness": 30.0}, InvalidRequestError, "smoothness of a Matérn model"),
    ],
)
def test_impossible_requests_are_refused(settings, error, words):
    with pytest.raises(error, match=words):
        SurfaceRequest(cell_size=10.0, **settings)

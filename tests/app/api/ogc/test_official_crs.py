"""OGC's own tests of OGC API - Features, Part 2.

They are those of ets-ogcapi-features10 1.9, written again under their names. As there, each walks
over every collection that the service tells of. Where the suite leaves a test empty, what its
description asks for is tested here. `scripts/test --clients` runs the suite itself.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pyproj import CRS, Transformer

from tests.app.api.ogc.suite import CRS84, Json, Suite, first, items

REFERENCE_SYSTEMS = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs"
UNSUPPORTED = "http://www.opengis.net/def/crs/0/unsupported"


@pytest.fixture(scope="module")
def suite(visitor: TestClient) -> Suite:
    """The suite, which asks each question once."""
    return Suite(visitor)


def _class_of_systems(suite: Suite) -> None:
    assert REFERENCE_SYSTEMS in suite.json("/api/conformance")["conformsTo"]


def _told(suite: Suite) -> Iterator[Json]:
    """Yield each collection as it is told among all, and alone."""
    for entry in suite.collections:
        yield entry
        yield suite.json(f"/api/collections/{entry['id']}")


def _uris(suite: Suite) -> None:
    pattern = r"http://www\.opengis\.net/def/crs/(OGC/1\.3/CRS84|EPSG/0/[1-9][0-9]{3,5})"
    document = suite.json("/api/collections")
    assert not {"crs", "storageCrs"} & set(document)  # each collection tells its own
    for entry in _told(suite):
        for uri in (*entry["crs"], entry["storageCrs"]):
            assert re.fullmatch(pattern, uri), uri


def _default_listed(suite: Suite) -> None:
    assert all(CRS84 in entry["crs"] for entry in _told(suite))


def _storage_listed(suite: Suite) -> None:
    assert all(entry["storageCrs"] in entry["crs"] for entry in _told(suite))


def _addresses(suite: Suite, is_alone: bool) -> Iterator[tuple[Json, str]]:
    for collection in suite.collections:
        yield collection, first(suite, collection) if is_alone else items(collection)


def _more(is_alone: bool) -> Json:
    return {} if is_alone else {"limit": 3}


def _header(suite: Suite, is_alone: bool) -> None:
    for collection, address in _addresses(suite, is_alone):
        for uri in collection["crs"]:
            answer = suite.ask(address, crs=uri, **_more(is_alone))
            assert answer.headers["content-crs"] == f"<{uri}>"


def _header_default(suite: Suite, is_alone: bool) -> None:
    for _, address in _addresses(suite, is_alone):
        assert suite.ask(address, **_more(is_alone)).headers["content-crs"] == f"<{CRS84}>"


def _header_invalid(suite: Suite, is_alone: bool) -> None:
    for _, address in _addresses(suite, is_alone):
        assert suite.ask(address, 400, crs=UNSUPPORTED).json()["parameter"] == "crs"


def _to_system(uri: str) -> tuple[Transformer, bool]:
    """Return the way from longitude, latitude to a system, and whether north comes first."""
    system = CRS.from_epsg(int(uri.rpartition("/")[2]))
    way = Transformer.from_crs(4326, system, always_xy=True)
    return way, system.axis_info[0].direction == "north"


def _corner(geometry: Json) -> tuple[float, float]:
    place: Any = geometry["coordinates"]
    while isinstance(place[0], list):
        place = place[0]
    return float(place[0]), float(place[1])


def _moved(suite: Suite, is_alone: bool) -> None:
    """The first place of each feature is where pyproj puts it, within the suite's tolerance."""
    for collection, address in _addresses(suite, is_alone):
        plain = suite.json(address, **_more(is_alone))
        for uri in collection["crs"][1:]:
            there = suite.json(address, crs=uri, **_more(is_alone))
            way, north_first = _to_system(uri)
            ones, others = ([page] if is_alone else page["features"] for page in (plain, there))
            for one, other in zip(ones, others, strict=True):
                if one["geometry"] is None:
                    assert other["geometry"] is None
                    continue
                x, y = way.transform(*_corner(one["geometry"]))
                expected = (y, x) if north_first else (x, y)
                assert _corner(other["geometry"]) == pytest.approx(expected, abs=1.0, rel=1e-6)


def _placed(suite: Suite) -> Iterator[tuple[Json, str, list[float]]]:
    """Yield collections with their address and box; one without places has none."""
    for collection, address in _addresses(suite, False):
        if "spatial" in collection.get("extent", {}):
            yield collection, address, collection["extent"]["spatial"]["bbox"][0]


def _same_box(suite: Suite) -> None:
    compared = 0
    for collection, address, box in _placed(suite):
        plain = suite.json(address, bbox=",".join(map(str, box)))
        for uri in collection["crs"][1:]:
            way, north_first = _to_system(uri)
            corners = [way.transform(box[0], box[1]), way.transform(box[2], box[3])]
            if not corners[0][0] <= corners[1][0] or not corners[0][1] <= corners[1][1]:
                continue  # bent over, as the world is in any plane but Mercator's
            turned = [xy[::-1] if north_first else xy for xy in corners]
            told = ",".join(repr(number) for xy in turned for number in xy)
            there = suite.json(address, **{"bbox": told, "bbox-crs": uri})
            assert _identifiers(there) <= _identifiers(plain)
            compared += 1
    assert compared > len(suite.collections)


def _identifiers(page: Json) -> set[str]:
    return {feature["id"] for feature in page["features"]}


def _same_box_default(suite: Suite) -> None:
    for _, address, corners in _placed(suite):
        box = ",".join(map(str, corners))
        told = suite.json(address, **{"bbox": box, "bbox-crs": CRS84})
        assert _identifiers(told) == _identifiers(suite.json(address, bbox=box)) != set()


def _invalid_box(suite: Suite) -> None:
    for _, address in _addresses(suite, False):
        answer = suite.ask(address, 400, **{"bbox": "5,49,6,50", "bbox-crs": UNSUPPORTED})
        assert answer.json()["parameter"] == "bbox-crs"


def _of_features(name: str, check: Callable[..., None]) -> dict[str, Callable[[Suite], None]]:
    """Name a test of pages of features, and its like of a feature alone."""
    return {
        f"Features{name}": partial(check, is_alone=False),
        f"Feature{name}": partial(check, is_alone=True),
    }


OFFICIAL: dict[str, Callable[[Suite], None]] = {
    "CrsRequirementClassPrecondition.verifyConformanceClass": _class_of_systems,
    "DiscoveryCollectionsCrsUri.verifyCollectionsCrsIdentifierOfCrsProperty": _uris,
    "DiscoveryCollectionsCrsUri.verifyCollectionsCrsIdentifierOfStorageCrs": _uris,
    "DiscoveryCollectionsCrsUri.verifyCollectionsCollectionCrsIdentifierOfCrsProperty": _uris,
    "DiscoveryCollectionsCrsUri.verifyCollectionsCollectionCrsIdentifierOfStorageCrs": _uris,
    "DiscoveryCollectionCrsUri.verifyCollectionCrsIdentifierOfCrsProperty": _uris,
    "DiscoveryCollectionCrsUri.verifyCollectionCrsIdentifierOfStorageCrsProperty": _uris,
    "DiscoveryCollectionsDefaultCrs.verifyCollectionsPathCollectionCrsPropertyContainsDefaultCrs": (
        _default_listed
    ),
    "DiscoveryCollectionDefaultCrs.verifyCollectionCrsIdentifierOfCrsProperty": _default_listed,
    "DiscoveryCollectionsStorageCrs.verifyCollectionsPathCollectionCrsPropertyContainsStorageCrs": (
        _storage_listed
    ),
    "DiscoveryCollectionStorageCrs.verifyCollectionCrsIdentifierOfCrsProperty": _storage_listed,
    **_of_features("CrsParameter", _header),
    **_of_features("CrsParameterDefault", _header_default),
    **_of_features("CrsParameterInvalid", _header_invalid),
    **_of_features("CrsParameterTransform (default)", _header_default),
    **_of_features("CrsParameterTransform (moved)", _moved),
    "BBoxCrsParameter.verifyBboxCrsParameter": _same_box,
    "BBoxCrsParameterDefault.verifyBboxCrsParameterDefault": _same_box_default,
    "BBoxCrsParameterInvalid.verifyBboxCrsParameterInvalid": _invalid_box,
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official(suite: Suite, name: str) -> None:
    OFFICIAL[name](suite)

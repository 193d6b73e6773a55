"""Local background as a threshold, worked out again from the demo's own file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.db.models import Surface
from app.errors import InvalidRequest, NotFound, Unprocessable
from app.services import hotspots
from app.services.guidelines.background import BackgroundOrder
from app.services.hotspots.threshold import Threshold, resolve_threshold
from app.services.runtime import Runtime
from app.services.surfaces.catalogue import list_surfaces
from spatial.coordinates import transform_places
from tests.app.scene import Showcase, find, meuse_csv, secret_rows, soil_csv, take_in

ORDER = hotspots.HotspotOrder(contaminant="zn", background=BackgroundOrder("mad"), q=0.9)
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}


@pytest.fixture
def session(showcase: Showcase) -> Iterator[Session]:
    with showcase.runtime.database.reading() as opened:
        yield opened


@pytest.fixture
def surface(session: Session) -> Surface:
    return next(s for s in list_surfaces(session, contaminant="zn") if s.epsg == 28992)


def _rows() -> tuple[np.ndarray[Any, Any], ...]:
    rows = list(csv.DictReader(io.StringIO(meuse_csv())))
    x, y, zinc = (np.array([float(row[name]) for row in rows]) for name in ("x", "y", "zinc"))
    return (*transform_places(x, y, 28992, 4326), zinc)


def _threshold(session: Session, surface: Surface, **changes: Any) -> Threshold:
    assert ORDER.background is not None
    order = replace(ORDER, background=replace(ORDER.background, **changes))
    order.check()
    return resolve_threshold(session, order, surface)


def test_background_of_all_samples_is_that_of_the_file(session: Session, surface: Surface) -> None:
    logs = np.log(_rows()[2])
    deviation = np.median(np.abs(logs - np.median(logs)))
    found = _threshold(session, surface)
    expected = np.exp(np.median(logs) + 2 * 1.4826 * deviation)
    assert found.value == pytest.approx(expected, rel=1e-9)
    assert "exp(median + 2 × 1.4826 MAD) of ln values of 155 results of the surface, 0% of" in (
        found.sentence
    )
    card = found.card()
    assert (card["kind"], card["background"]["n"]) == ("background", 155)
    assert card["background"]["censored_share"] == 0.0


def test_reference_area_takes_the_samples_inside(session: Session, surface: Surface) -> None:
    longitudes, latitudes, zinc = _rows()
    bbox = (5.72, 50.95, 5.75, 50.975)
    inside = (
        (longitudes >= bbox[0])
        & (longitudes <= bbox[2])
        & (latitudes >= bbox[1])
        & (latitudes <= bbox[3])
    )
    assert 20 < inside.sum() < 155
    found = _threshold(session, surface, method="p95", bbox=bbox)
    expected = np.sort(zinc[inside])[int(np.ceil(0.95 * inside.sum())) - 1]
    assert found.value == expected
    assert found.card()["background"]["n"] == inside.sum()
    west, south, east, north = bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    outline = {"type": "Polygon", "coordinates": [ring]}
    assert _threshold(session, surface, method="p95", outline=outline).value == expected


def test_crust_is_the_registry_s(session: Session, surface: Surface) -> None:
    found = _threshold(session, surface, method="ucc")
    assert found.value == 67.0  # Rudnick & Gao (2003), table 3
    assert "Rudnick & Gao" in found.sentence
    assert found.dataset_ids == ()


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"method": "mean"}, InvalidRequest, "There are: mad, p90, p95, ucc"),
        ({"method": "ucc", "datasets": ("meuse",)}, InvalidRequest, "no reference area"),
        ({"bbox": (5.0, 50.0, 6.0)}, InvalidRequest, "west, south, east, north"),
        ({"bbox": (6.0, 50.0, 5.0, 51.0)}, InvalidRequest, "west below east"),
        ({"bbox": (5.0, float("nan"), 6.0, 51.0)}, InvalidRequest, "west, south"),
        ({"bbox": (5.0, 50.0, 6.0, 51.0), "outline": SQUARE}, InvalidRequest, "not both"),
        ({"outline": {"type": "Point", "coordinates": [5, 50]}}, InvalidRequest, "not a valid"),
        ({"outline": {"type": "Polygon"}}, InvalidRequest, "not a valid GeoJSON polygon"),
        ({"outline": SQUARE}, Unprocessable, "needs 10 results or more; the reference area has 0"),
        ({"datasets": ("nowhere",)}, NotFound, "no data set 'nowhere'"),
    ],
)
def test_what_has_no_background_is_a_sentence(
    session: Session, surface: Surface, changes: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        _threshold(session, surface, **changes)


def test_background_excludes_another_value_and_survives_its_job() -> None:
    with pytest.raises(InvalidRequest, match="not both"):
        replace(ORDER, threshold=3.0).check()
    order = replace(ORDER, background=BackgroundOrder("p90", ("a",), (1.0, 2.0, 3.0, 4.0)))
    assert hotspots.HotspotOrder.from_json(order.to_json()) == order


def test_layer_on_private_reference_data_is_hidden(meuse: Runtime) -> None:
    content = soil_csv(secret_rows())
    take_in(meuse, content, dataset="hidden", visibility="private", epsg=4326, unit="mg/kg")
    made = find(meuse, replace(ORDER, background=BackgroundOrder("p90", ("hidden",))))
    with meuse.database.reading() as session:
        assert made["layer"] not in {layer["id"] for layer in hotspots.list_layers(session)}
    open_one = find(meuse, ORDER)
    with meuse.database.reading() as session:
        shown = hotspots.show_layer(session, open_one["layer"])
    assert shown["card"]["threshold"]["kind"] == "background"
    assert shown["guideline"] is None


def test_limits_above_the_quantile_are_refused_with_the_remedy(runtime: Runtime) -> None:
    from app.services.guidelines.background import background_value
    from app.services.registries import find_contaminant
    from app.services.surfaces.order import SurfaceOrder

    rows = [(f"N{i}", 3.0 + i / 100, 45.0, "<500") for i in range(19)]
    rows += [(f"S{i}", 3.0 + i / 100, 45.1, str(600 + i)) for i in range(2)]
    take_in(runtime, soil_csv(rows), dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    with runtime.database.reading() as session:
        zinc = find_contaminant(session, "zn")
        with pytest.raises(Unprocessable, match="90th percentile lies below the detection limits"):
            background_value(session, BackgroundOrder("p90"), SurfaceOrder("zn", ("d",)), zinc)

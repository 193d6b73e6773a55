"""The demo: loaded once, whatever interrupts it, and open to everybody."""

import pytest
from sqlalchemy import func, select

from app.db.models import HotspotLayer, Result, Sample, Surface
from app.services import demo, hotspots, map_start
from app.services.runtime import Runtime
from tests.app.scene import threads


def _load(opened: Runtime) -> dict[str, int]:
    told: list[float] = []
    new = demo.load_demo(
        opened.database,
        opened.store,
        opened.settings.limits,
        threads,
        lambda _step, fraction: told.append(fraction),
    )
    assert told == sorted(told)
    assert told[-1] == 1.0
    return new


def test_demo_goes_on_where_it_was_interrupted_and_then_rests(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("app.services.demo.surfaces.build", interrupted)
        with pytest.raises(KeyboardInterrupt):
            _load(runtime)
    assert _load(runtime) == {"files": 0, "surfaces": 4, "layers": 4}
    assert _load(runtime) == {"files": 0, "surfaces": 0, "layers": 0}
    with runtime.database.reading() as session:
        counts = [
            session.scalar(select(func.count()).select_from(model))
            for model in (Sample, Result, Surface, HotspotLayer)
        ]
        assert counts == [155, 620, 4, 4]
        layers = {layer["contaminant"]: layer for layer in hotspots.list_layers(session)}
        start = map_start.describe(session)
    thresholds = {code: layer["threshold"] for code, layer in layers.items()}
    assert thresholds == {"cd": 1.0, "cu": 40.0, "pb": 70.0, "zn": 150.0}
    # In about half of the area zinc is likely to exceed its value (gstat's kriging, see
    # data/demo/meuse/demo.toml).
    areas = {one["confidence"]: one["area_m2"] for one in layers["zn"]["classes"]}
    assert areas["likely"] == pytest.approx(2.5e6, rel=0.2)
    assert sum(areas.values()) == layers["zn"]["area_m2"]
    assert layers["zn"]["extraction_note"].endswith("accepted for demonstration")
    assert start["demo"] is not None
    assert start["demo"]["river"]["type"] in {"Polygon", "LineString", "MultiPolygon"}

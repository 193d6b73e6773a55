import polars as pl
import pytest

from ingest.findings import FindingLog
from ingest.geometries import MOST_VERTICES, Shapes, read_shapes
from ingest.reference_systems import reference_system


def read(*texts: str, epsg: int = 4326) -> tuple[Shapes, dict[int, str]]:
    log = FindingLog()
    rows = pl.Series(range(2, 2 + len(texts)), dtype=pl.Int64)
    shapes = read_shapes(rows, pl.Series(texts, dtype=pl.String), reference_system(epsg), "g", log)
    return shapes, {row: reasons[0].code for row, reasons in log.row_errors.items()}


def test_a_place_lies_on_each_shape() -> None:
    line, square = "LINESTRING (5 50, 6 50)", "POLYGON ((5 50, 6 50, 6 51, 5 51, 5 50))"
    shapes, faults = read(line, square, "POINT Z (1 2 3)")
    assert faults == {}
    assert shapes.text.to_list() == [line, square, "POINT (1 2)"]
    assert list(zip(shapes.longitude, shapes.latitude, strict=True))[1:] == [(5.5, 50.5), (1, 2)]
    assert shapes.original[0][2] == "1.0"


def test_shapes_are_transformed() -> None:
    shapes, faults = read("LINESTRING (155000 463000, 155100 463000)", epsg=28992)
    assert faults == {}
    # the origin of the Dutch grid is the tower of Our Lady in Amersfoort
    assert shapes.longitude[0] == pytest.approx(5.3872, abs=2e-3)
    assert shapes.latitude[0] == pytest.approx(52.1552, abs=1e-4)


def test_faulty_shapes_are_named() -> None:
    _, faults = read(
        "",
        "nonsense",
        "POLYGON EMPTY",
        "CIRCULARSTRING (0 0, 1 1, 2 0)",
        "GEOMETRYCOLLECTION (POINT (0 0))",
        "POINT (nan 1)",
        "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))",
        "LINESTRING (" + "0 0, " * MOST_VERTICES + "1 1)",
        "POINT (0 95)",
    )
    assert faults == {
        2: "geometry_missing",
        3: "geometry_not_understood",
        4: "geometry_not_understood",
        5: "geometry_not_understood",
        6: "geometry_not_understood",
        7: "geometry_not_understood",
        8: "geometry_invalid",
        9: "geometry_too_large",
        10: "outside_area_of_use",
    }

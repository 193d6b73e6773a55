from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
import shapely

from ingest.options import Limits
from ingest.readers.features import Batch, FeatureTable, as_cells, epsg_of_wkt, geometries_of
from tests.ingest.readers.conftest import refused, rows_of


def table(
    *shapes: str | None, epsg: int | None = 4326, columns: tuple[str, ...] = ("Pb",), **bounds: int
) -> FeatureTable:
    geometries = geometries_of(
        [None if each is None else shapely.to_wkb(shapely.from_wkt(each)) for each in shapes]
    )
    cells = pl.DataFrame({f"c{index}": ["7"] * len(shapes) for index in range(len(columns))})
    return FeatureTable(
        "", "test", columns, lambda: iter([Batch(cells, geometries)]), epsg, Limits(**bounds)
    )


def test_points_become_coordinates_named_by_their_system() -> None:
    degrees = table("POINT (5.1 52.25)", None, "POINT EMPTY")
    assert degrees.header == ("longitude", "latitude", "Pb")
    assert rows_of(degrees) == [(1, "5.1", "52.25", "7"), (2, "", "", "7"), (3, "", "", "7")]
    metres = table("POINT (178605 329714.5)", epsg=28992)
    assert metres.header == ("easting", "northing", "Pb")
    assert rows_of(metres) == [(1, "178605", "329714.5", "7")]
    assert table("POINT (1 2)", epsg=None).geometry_columns == ("easting", "northing")


def test_attribute_named_like_a_coordinate_is_told_apart() -> None:
    found = table("POINT (5 52)", columns=("Longitude", "Pb"))
    assert found.header == ("longitude", "latitude", "Longitude_attribute", "Pb")


def test_outlines_become_text_and_those_of_too_many_points_faults_of_their_row() -> None:
    good = "POLYGON ((0 0, 1 0, 1 1, 0 0))"
    line = "LINESTRING (0 0, 1 1, 2 2, 3 3, 4 4, 5 5)"
    found = table(good, line, None, max_vertices=5)
    (block,) = found.blocks()
    assert found.header == ("geometry", "Pb")
    assert block.frame["c0"].to_list() == [good, "", ""]
    assert [(fault.row, fault.code) for fault in block.faults] == [(2, "geometry_too_large")]
    assert "more than 5 vertices" in block.faults[0].message


def test_two_million_vertices_are_counted_and_not_checked() -> None:
    angles = np.linspace(0, 2 * np.pi, 2_000_000)
    ring = shapely.polygons(np.column_stack([np.cos(angles), np.sin(angles)]).round(9))
    (block,) = table(ring.wkt).blocks()
    assert [fault.code for fault in block.faults] == ["geometry_too_large"]


def test_too_many_rows_and_columns() -> None:
    assert refused(lambda: rows_of(table("POINT (1 2)", None, max_rows=1))).code == "too_many_rows"
    assert refused(lambda: table("POINT (1 2)", max_columns=2)).code == "too_many_columns"
    fault = refused(lambda: table("POINT (1 2)", columns=("a", "a")))
    assert fault.code == "header_duplicate"


def test_typed_columns_are_written_as_a_person_would() -> None:
    frame = pl.DataFrame(
        {
            "float": [5.0, 1e-7, None],
            "narrow": pl.Series([0.1, 2.5, None], dtype=pl.Float32),
            "day": [date(2020, 5, 17), None, None],
            "moment": [datetime(2020, 5, 17), datetime(2020, 5, 17, 12, 30), None],  # noqa: DTZ001
            "word": pl.Series(["x", "y", None], dtype=pl.Categorical),
        }
    )
    first, second, third = as_cells(frame).rows()
    assert first == ("5", "0.1", "2020-05-17", "2020-05-17", "x")
    assert second[:3] == ("1e-7", "2.5", "")
    assert second[3].startswith("2020-05-17 12:30:00")
    assert third == ("",) * 5


def test_nested_columns_are_refused_by_name() -> None:
    fault = refused(lambda: as_cells(pl.DataFrame({"metals": [[1, 2]]})))
    assert (fault.code, fault.column) == ("column_nested", "metals")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EPSG:2272", 2272),
        ("EPSG:99999999999", None),
        ("+proj=pipeline +step +proj=hgridshift +grids=/etc/passwd", None),
        ("+proj=longlat +nadgrids=@/etc/passwd", None),
        ("/etc/passwd", None),
        ("", None),
        ('GEOGCS["x"', None),
        ('GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
         'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]', 4326),
    ],
)  # fmt: skip
def test_of_a_reference_system_only_its_code_is_taken(text: str, code: int | None) -> None:
    assert epsg_of_wkt(text) == code


def test_broken_well_known_binary_is_a_missing_geometry() -> None:
    assert list(geometries_of([b"\x01\xff", None])) == [None, None]

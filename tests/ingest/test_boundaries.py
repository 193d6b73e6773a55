import json
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from ingest.boundaries import BoundaryImport
from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.pipeline import preview, read_boundaries
from ingest.records import BOUNDARY_SCHEMA
from ingest.registries import Registries
from tests.ingest.conftest import as_file

ReadBoundaries = Callable[..., BoundaryImport]


@pytest.fixture
def boundaries_of(tmp_path: Path, registries: Registries) -> ReadBoundaries:
    def read(content: str, **options: object) -> BoundaryImport:
        path = as_file(tmp_path, content)
        return read_boundaries(path, ImportOptions(**options), registries)  # type: ignore[arg-type]

    return read


def square(west: float, south: float, side: float = 1.0) -> str:
    return shapely.box(west, south, west + side, south + side).wkt


def collection(*features: tuple[dict[str, object], shapely.Geometry]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": own, "geometry": shapely.geometry.mapping(shape)}
                for own, shape in features
            ],
        }
    )


def test_polygons_are_read_with_code_and_name(boundaries_of: ReadBoundaries) -> None:
    read = boundaries_of(
        collection(
            ({"NUTS_ID": "NL42", "name": "Limburg"}, shapely.box(5, 50, 6, 51)),
            ({"NUTS_ID": "NL41", "name": "Brabant"}, shapely.box(4, 51, 5, 52)),
        )
    )
    assert dict(read.boundaries.schema) == BOUNDARY_SCHEMA
    rows = read.boundaries.rows(named=True)
    assert [(row["area_code"], row["area_name"]) for row in rows] == [
        ("NL42", "Limburg"), ("NL41", "Brabant")
    ]  # fmt: skip
    assert rows[0]["natural_key"] == "NL42|Limburg"
    assert shapely.from_wkt(rows[0]["geometry"]).equals(shapely.box(5, 50, 6, 51))
    assert (read.description["code_column"], read.description["name_column"]) == ("NUTS_ID", "name")


def test_columns_can_be_chosen_and_are_guessed_otherwise(boundaries_of: ReadBoundaries) -> None:
    content = (
        f'kind,wijk,buurt,geometry\na,North,7,"{square(5, 50)}"\na,South,7,"{square(5, 52)}"\n'
    )
    guessed = boundaries_of(content, epsg=4326)
    # The first column that tells all rows apart.
    assert guessed.boundaries["area_name"].to_list() == ["North", "South"]
    assert guessed.description["name_column"] == "wijk"
    columns = {"buurt": "area_code", "kind": "area_name"}
    chosen = boundaries_of(content, epsg=4326, columns=columns)
    assert chosen.boundaries["area_code"].to_list() == ["7", "7"]
    assert chosen.boundaries["natural_key"].to_list() == ["7|a", "7|a"]


def test_areas_without_any_name_are_known_by_their_shape(boundaries_of: ReadBoundaries) -> None:
    read = boundaries_of(f'kind,geometry\na,"{square(5, 50)}"\na,"{square(5, 52)}"\n', epsg=4326)
    keys = read.boundaries["natural_key"].to_list()
    assert all(key.startswith("in:") for key in keys)
    assert len(set(keys)) == 2


def test_shapes_are_brought_to_degrees(boundaries_of: ReadBoundaries) -> None:
    wkt = shapely.box(155_000, 463_000, 155_010, 463_010).wkt
    read = boundaries_of(f'name,geometry\nA,"{wkt}"\n', epsg=28992)
    west, south, _, _ = shapely.from_wkt(read.boundaries["geometry"][0]).bounds
    # Amersfoort, where the Dutch system has its middle (Kadaster: 5.3872062 E, 52.1551744 N).
    assert (west, south) == pytest.approx((5.3872062, 52.1551744), abs=1e-5)


def test_lines_points_and_broken_shapes_are_kept_aside(boundaries_of: ReadBoundaries) -> None:
    read = boundaries_of(
        "name,geometry\n"
        f'A,"{square(5, 50)}"\n'
        'B,"LINESTRING(5 50,6 51)"\n'
        "C,POINT(5 50)\n"
        "D,\n"
        'E,"POLYGON((0 0,1 1,1 0,0 1,0 0))"\n',
        epsg=4326,
    )
    assert read.boundaries["area_name"].to_list() == ["A"]
    reasons = {row.row_number: [reason.code for reason in row.reasons] for row in read.quarantined}
    assert reasons == {
        3: ["boundary_not_area"],
        4: ["boundary_not_area"],
        5: ["geometry_missing"],
        6: ["geometry_invalid"],
    }
    assert read.counts.read == 5


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        ("name,code\nA,1\n", {"epsg": 4326}, "boundary_shape_missing"),
        (f'name,geometry\nA,"{square(5, 50)}"\n', {}, "crs_unknown"),
        (
            f'name,geometry\nA,"{square(5, 50)}"\n',
            {"format": "wqp", "epsg": 4326},
            "option_invalid",
        ),
    ],
)
def test_files_that_cannot_be_boundaries_are_refused(
    boundaries_of: ReadBoundaries, content: str, options: dict[str, object], code: str
) -> None:
    with pytest.raises(IngestError) as refused:
        boundaries_of(content, **options)
    assert refused.value.code == code


def test_the_beginning_can_be_looked_at(tmp_path: Path, registries: Registries) -> None:
    path = as_file(tmp_path, collection(({"name": "A"}, shapely.box(5, 50, 6, 51))))
    shown = preview("boundaries", path, ImportOptions(), registries, Limits())
    assert (shown.kind, shown.rows[0]["area_name"], shown.places) == ("boundaries", "A", [])

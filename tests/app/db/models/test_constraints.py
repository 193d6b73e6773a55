"""What the database itself refuses, whoever asks."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.pool import NullPool

from app.db.embedded import ClusterUrls

_SAMPLE = {
    "dataset_id": -1,
    "natural_place": "id:A1",
    "geom": "SRID=4326;POINT(5 51)",
    "easting": 5.0,
    "northing": 51.0,
    "original_easting": "5",
    "original_northing": "51",
    "original_epsg": 4326,
    "hilbert": 1,
    "import_id": -1,
    "row_number": 2,
}
_MEASURAND = {"contaminant": "zn"}
_MANNER = {
    "import_id": -1,
    "unit": "mg/kg",
    "basis": "unstated",
    "column_name": "zinc",
    "original_unit": "mg/kg",
    "conversion_factor": 1.0,
}
_MEASUREMENT = {
    "sample_id": 1,
    "measurand_id": -1,
    "manner_id": -1,
    "value": 1.0,
    "censoring": "none",
    "row_number": 2,
}
_SOURCE = {
    "dataset_id": -1,
    "natural_key": "works",
    "name": "Works",
    "source_type": "nonferrous_smelter",
    "geom": "SRID=4326;POINT(5 51)",
    "original_easting": "5",
    "original_northing": "51",
    "original_epsg": 4326,
    "hilbert": 1,
    "import_id": -1,
    "row_number": 2,
}
_MEMBER = {
    "kind": "person",
    "name": "Ada",
    "email": "ada@example.org",
    "city": "Maastricht",
    "country": "NL",
    "place_id": "1",
    "geom": "SRID=4326;POINT(5 51)",
    "hilbert": 1,
}
_SURFACE = {
    "contaminant": "zn",
    "family": "gaussian",
    "method": "ordinary_kriging",
    "unit": "mg/kg",
    "epsg": 28992,
    "west": 0.0,
    "north": 0.0,
    "cell_size": 40.0,
    "columns": 1,
    "rows": 1,
    "bands": ["median"],
    "footprint": "SRID=4326;POLYGON((5 51,6 51,6 52,5 51))",
    "card": "{}",
    "request_sha256": "r",
    "order_sha256": "o",
    "array_sha256": "a",
}
_LAYER = {
    "definition": "exceedance",
    "parameters": "{}",
    "contaminant": "zn",
    "threshold": 150.0,
    "unit": "mg/kg",
    "surface_id": 1,
    "epsg": 28992,
    "card": "{}",
    "request_sha256": "r",
    "order_sha256": "o",
}
_HOTSPOT = {
    "layer_id": 1,
    "geom": "SRID=4326;POLYGON((5 51,6 51,6 52,5 51))",
    "contaminants": ["zn"],
    "reason_code": "r",
    "reason": "r",
    "area_m2": 1.0,
    "cell_count": 1,
    "sample_count": 0,
    "place_count": 0,
    "censored_count": 0,
    "quantity": "probability",
    "confidence": "likely",
    "undecidable_count": 0,
    "quantity_min": 0.8,
    "quantity_mean": 0.9,
    "quantity_max": 1.0,
    "hilbert": 1,
}
_ROWS = {
    "sample": _SAMPLE,
    "measurand": _MEASURAND,
    "manner": _MANNER,
    "measurement": _MEASUREMENT,
    "source": _SOURCE,
    "member": _MEMBER,
    "surface": _SURFACE,
    "hotspot_layer": _LAYER,
    "hotspot": _HOTSPOT,
    "guideline_value": {
        "id": "x",
        "framework": "f",
        "legal_name": "l",
        "contaminant": "zn",
        "land_use": "any",
        "tier": "t",
        "value": 1.0,
        "unit": "mg/kg",
        "verified": True,
        "verification": "official_text",
    },
    "job": {"kind": "import", "parameters": "{}"},
    "dataset": {"name": "other", "title": "Other"},
    "import": {
        "dataset_id": -1,
        "kind": "samples",
        "filename": "f",
        "sha256": "s",
        "size_bytes": 1,
    },
}


def _insert(connection: Connection, table: str, **changes: Any) -> None:
    row = _ROWS[table] | changes
    columns = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f'INSERT INTO hotspots."{table}" ({columns}) VALUES ({values})'), row)


@pytest.fixture(scope="module")
def opened(cluster: ClusterUrls) -> Iterator[Connection]:
    """One data set with one of everything, in a transaction that never ends well."""
    engine = create_engine(cluster.api, poolclass=NullPool)
    with engine.connect() as connection, connection.begin() as transaction:
        for statement in (
            "INSERT INTO hotspots.dataset (id, name, title) VALUES (-1, 'd', 'D')",
            "INSERT INTO hotspots.import (id, dataset_id, kind, filename, sha256, size_bytes) "
            "VALUES (-1, -1, 'samples', 'f', 's', 1)",
        ):
            connection.execute(text(statement))
        _insert(connection, "sample", id=1)
        _insert(connection, "measurand", id=-1, replicate="of this test")
        _insert(connection, "measurand", id=-2, replicate="another of this test")
        _insert(connection, "manner", id=-1)
        _insert(connection, "measurement", id=1)
        _insert(connection, "source")
        _insert(connection, "member")
        _insert(connection, "surface", id=1)
        _insert(connection, "hotspot_layer", id=1)
        _insert(connection, "hotspot")
        yield connection
        transaction.rollback()


@pytest.fixture
def attempt(opened: Connection) -> Iterator[Connection]:
    """What is tried here is undone."""
    point = opened.begin_nested()
    yield opened
    point.rollback()


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("table", "changes", "constraint"),
    [
        # Results: every number that is none, and what contradicts itself.
        ("measurement", {"value": NAN}, "ck_measurement_value_finite"),
        ("measurement", {"value": INF}, "ck_measurement_value_finite"),
        ("measurement", {"value": -INF}, "ck_measurement_value_finite"),
        ("measurement", {"value": -0.001}, "ck_measurement_value_finite"),
        (
            "measurement",
            {"value": None, "original_text": "ND"},
            "ck_measurement_value_or_censored",
        ),
        (
            "measurement",
            {"censoring": "left", "detection_limit": 1.0},
            "ck_measurement_value_or_censored",
        ),
        (
            "measurement",
            {"censoring": "right", "detection_limit": 1.0},
            "ck_measurement_value_or_censored",
        ),
        (
            "measurement",
            {"value": None, "censoring": "right", "original_text": ">5"},
            "ck_measurement_right_has_limit",
        ),
        ("measurement", {"detection_limit": 0.0}, "ck_measurement_limit_positive"),
        ("measurement", {"detection_limit": NAN}, "ck_measurement_limit_positive"),
        ("measurement", {"detection_limit": -1.0}, "ck_measurement_limit_positive"),
        ("measurement", {"censoring": "maybe"}, "ck_measurement_censoring"),
        (
            "measurement",
            {"value": None, "censoring": "left", "measurand_id": -2},
            "ck_measurement_text_or_value",
        ),
        ("measurement", {"sample_id": 999}, "fk_measurement_sample_id"),
        ("measurement", {"measurand_id": -9}, "fk_measurement_measurand_id"),
        ("measurement", {"measurand_id": -2, "manner_id": -9}, "fk_measurement_manner_id"),
        ("measurement", {"measurand_id": -2, "supersedes_id": 9}, "fk_measurement_supersedes_id"),
        ("measurement", {}, "uq_measurement_current"),
        ("manner", {"basis": "moist"}, "ck_manner_basis"),
        ("manner", {"import_id": 999}, "fk_manner_import_id"),
        ("measurand", {"contaminant": "kryptonite"}, "fk_measurand_contaminant"),
        ("measurand", {"replicate": "of this test"}, "uq_measurand"),
        # Samples.
        ("sample", {"geom": "SRID=4326;POINT(NaN 51)"}, "ck_sample_geom_on_globe"),
        ("sample", {"geom": "SRID=4326;POINT(5 NaN)"}, "ck_sample_geom_on_globe"),
        ("sample", {"easting": NAN}, "ck_sample_plane_finite"),
        ("sample", {"northing": -INF}, "ck_sample_plane_finite"),
        ("sample", {"geom": "SRID=4326;POINT(181 51)"}, "ck_sample_geom_on_globe"),
        ("sample", {"geom": "SRID=4326;POINT(5 -90.001)"}, "ck_sample_geom_on_globe"),
        ("sample", {"geom": "SRID=4326;POINT EMPTY"}, "ck_sample_geom_on_globe"),
        ("sample", {"depth_upper_cm": -1.0}, "ck_sample_depth_upper_cm_finite"),
        ("sample", {"depth_upper_cm": NAN}, "ck_sample_depth_upper_cm_finite"),
        ("sample", {"depth_upper_cm": 9.0, "depth_lower_cm": 5.0}, "ck_sample_depth_order"),
        ("sample", {"depth_upper_cm": 0.0, "depth_lower_cm": NAN}, "depth_lower_cm_finite"),
        ("sample", {"depth_upper_cm": 0.0, "depth_lower_cm": INF}, "depth_lower_cm_finite"),
        ("sample", {"depth_lower_cm": NAN}, "depth_lower_cm_finite"),
        ("sample", {"depth_lower_cm": -5.0}, "depth_lower_cm_finite"),
        (
            "sample",
            {"sampled_from": "1990-02-01", "sampled_to": "1990-01-01"},
            "ck_sample_period_order",
        ),
        ("sample", {"dataset_id": 999}, "fk_sample_dataset_id"),
        # The natural key holds also where depth and date are unknown.
        ("sample", {}, "uq_sample_natural"),
        # Sources, members, surfaces, layers, hotspots.
        ("source", {"natural_key": "b", "geom": "SRID=4326;POINT(5 99)"}, "geom_within_globe"),
        ("source", {"natural_key": "b", "positional_accuracy_m": 0.0}, "accuracy_positive"),
        ("source", {"natural_key": "b", "positional_accuracy_m": NAN}, "accuracy_positive"),
        ("source", {"natural_key": "b", "source_type": "volcano"}, "fk_source_source_type"),
        (
            "source",
            {"natural_key": "b", "operating_from": 1990, "operating_to": 1980},
            "operating_order",
        ),
        ("source", {}, "uq_source_current"),
        ("member", {"status": "approved", "email": "b@example.org"}, "ck_member_consent"),
        ("member", {"status": "famous", "email": "b@example.org"}, "ck_member_status"),
        ("member", {"name": "ADA", "email": "ADA@example.org"}, "uq_member_email_name"),
        ("surface", {"cell_size": 0.0}, "ck_surface_grid_positive"),
        ("surface", {"family": "bayes"}, "ck_surface_family"),
        ("hotspot_layer", {"threshold": NAN}, "threshold_positive"),
        ("hotspot_layer", {"threshold": 0.0}, "threshold_positive"),
        ("hotspot_layer", {"surface_id": 9}, "fk_hotspot_layer_surface_id"),
        ("hotspot", {"quantity_max": 1.01}, "ck_hotspot_probabilities"),
        ("hotspot", {"confidence": "sure"}, "ck_hotspot_confidence"),
        ("hotspot", {"quantity_min": NAN}, "ck_hotspot_quantities"),
        ("hotspot", {"quantity_mean": 0.7}, "ck_hotspot_quantities"),
        ("hotspot", {"area_m2": 0.0}, "ck_hotspot_area_positive"),
        (
            "hotspot",
            {"geom": "SRID=4326;POLYGON((0 0,1 1,1 0,0 1,0 0))"},
            "ck_hotspot_geom_valid",
        ),
        ("guideline_value", {"value": 0.0}, "ck_guideline_value_value_positive"),
        ("guideline_value", {"value": NAN}, "ck_guideline_value_value_positive"),
        ("guideline_value", {"value_max": 0.5}, "ck_guideline_value_value_range"),
        ("guideline_value", {"contaminant": "kryptonite"}, "fk_guideline_value_contaminant"),
        ("job", {"status": "lost"}, "ck_job_status"),
        ("job", {"progress": NAN}, "ck_job_progress"),
        ("job", {"progress": 1.5}, "ck_job_progress"),
        ("dataset", {"name": "d"}, "uq_dataset_name"),
        ("dataset", {"visibility": "open"}, "ck_dataset_visibility"),
        ("import", {"status": "lost"}, "ck_import_status"),
        ("import", {"dataset_id": 9}, "fk_import_dataset_id"),
    ],
)
def test_refused(attempt: Connection, table: str, changes: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        _insert(attempt, table, **changes)


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("measurement", {"measurand_id": -2, "value": 0.0}),
        ("measurement", {"measurand_id": -2, "supersedes_id": 1}),
        (
            "measurement",
            {
                "measurand_id": -2,
                "value": None,
                "censoring": "left",
                "detection_limit": 0.1,
                "original_text": "<0.1",
            },
        ),
        # "Not detected" without a limit is a result too.
        (
            "measurement",
            {"measurand_id": -2, "value": None, "censoring": "left", "original_text": "ND"},
        ),
        ("measurement", {"superseded_at": "2020-01-01"}),
        ("sample", {"depth_upper_cm": 0.0, "depth_lower_cm": 0.0}),
        ("sample", {"depth_upper_cm": 0.0, "depth_lower_cm": 10.0}),
        ("sample", {"natural_place": "b", "geom": "SRID=4326;POINT(-180 -90)"}),
        ("sample", {"natural_place": "b", "geom": "SRID=4326;POINT(180 90)"}),
        ("job", {}),
        ("dataset", {}),
    ],
)
def test_taken(attempt: Connection, table: str, changes: dict[str, Any]) -> None:
    _insert(attempt, table, **changes)


@pytest.mark.parametrize(
    ("stored", "told", "is_refused"),
    [
        ([101, 102, 103], [101, 102, 103], False),
        ([101, 102, 103], [101, 103, 103], False),
        ([101, 103], [101, 102, 103], True),  # as many rows as the range is wide, and a hole in it
        ([102, 103], [101, 102, 103], True),
        ([101, 102], [101, 102, 103], True),
        ([101, 103], [101, 103, 103], False),
        ([101, 150], [101, 150], False),
        ([101, 150], [101, 149], True),
        ([101, 102, 103], [101, 103], False),
    ],
)
def test_every_sample_of_many_results_is_there(
    attempt: Connection, stored: list[int], told: list[int], *, is_refused: bool
) -> None:
    for number in stored:
        _insert(attempt, "sample", id=number, natural_place=f"id:{number}")
    statement = text(
        "INSERT INTO hotspots.measurement "
        "(sample_id, measurand_id, manner_id, value, censoring, row_number, superseded_at) "
        "SELECT told, -1, -1, 1, 'none', 2, now() FROM unnest(CAST(:told AS bigint[])) AS told"
    )
    if not is_refused:
        attempt.execute(statement, {"told": told})
        return
    with pytest.raises(IntegrityError, match="fk_measurement_sample_id"):
        attempt.execute(statement, {"told": told})


def test_geometry_of_another_system_is_refused(attempt: Connection) -> None:
    with pytest.raises(DataError, match="SRID"):
        _insert(attempt, "sample", natural_place="b", geom="SRID=28992;POINT(5 51)")


@pytest.mark.parametrize(
    ("table", "constraint"),
    [
        ("sample", "fk_measurement_sample_id"),
        ("measurand", "fk_measurement_measurand_id"),
        ("manner", "fk_measurement_manner_id"),
        ("import", "fk_(manner|sample|quarantined_row|source)_import_id"),
        ("contaminant", "fk_(measurand|guideline_value)_contaminant"),
        ("dataset", "fk_(sample|import|source)_dataset_id"),
    ],
)
def test_nothing_goes_that_something_refers_to(
    attempt: Connection, table: str, constraint: str
) -> None:
    _insert(attempt, "measurement", measurand_id=-2)
    with pytest.raises(IntegrityError, match=constraint):
        attempt.execute(text(f'DELETE FROM hotspots."{table}"'))

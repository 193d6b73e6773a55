"""Which results go into a surface, and what is said of those that do not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from app.db.session import Database
from app.errors import NotFound, Unprocessable
from app.services.datasets import DatasetTerms
from app.services.registries import find_contaminant
from app.services.surfaces import SurfaceOrder
from app.services.surfaces.selection import Selection, select_results
from tests.app.scene import ensure

ZN = SurfaceOrder(contaminant="zn", datasets=("d",))

_SAMPLE = text(
    "INSERT INTO hotspots.sample (id, dataset_id, natural_place, geom, easting, northing, "
    "original_easting, original_northing, original_epsg, depth_upper_cm, depth_lower_cm, "
    "sampled_from, sampled_to, hilbert, import_id, row_number) VALUES (:id, :dataset, "
    "'id:' || :id, ST_SetSRID(ST_MakePoint(5 + :id / 1000.0, 51), 4326), :id, 0, '', '', "
    "28992, :upper, :lower, :since, :until, :id, :import_id, 1)"
).bindparams(upper=None, lower=None, since=None, until=None)
_RESULT = text(
    "WITH what AS (INSERT INTO hotspots.measurand (contaminant, extraction, fraction, replicate) "
    "VALUES ('zn', :extraction, :fraction, 'of sample ' || :id) RETURNING id), how AS ("
    "INSERT INTO hotspots.manner (import_id, unit, basis, column_name, original_unit, "
    "conversion_factor) VALUES (:import_id, :unit, 'unstated', '', '', 1) RETURNING id) "
    "INSERT INTO hotspots.measurement (sample_id, measurand_id, manner_id, value, censoring, "
    "detection_limit, original_text, row_number) "
    "SELECT :id, what.id, how.id, :value, :censoring, :limit, '', 1 FROM what, how"
)


class Shelf:
    """Puts samples of one result each into a data set, and selects."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._next = 0

    def add(self, *, dataset: str = "d", **said: Any) -> int:
        self._next += 1
        row = {
            "id": self._next,
            "value": 10.0 * self._next,
            "censoring": "none",
            "limit": None,
            "unit": "mg/kg",
            "extraction": None,
            "fraction": None,
            "upper": None,
            "lower": None,
            "since": None,
            "until": None,
        } | said
        with self.database.writing() as session:
            entry = ensure(session, dataset, DatasetTerms())
            row["dataset"] = entry.id
            row["import_id"] = session.scalar(
                text(
                    "INSERT INTO hotspots.import (dataset_id, kind, filename, sha256, size_bytes) "
                    "VALUES (:key, 'samples', '', '', 0) RETURNING id"
                ),
                {"key": entry.id},
            )
            session.execute(_SAMPLE, row)
            session.execute(_RESULT, row)
        return self._next

    def select(self, **order: Any) -> Selection:
        wanted = replace(ZN, **order)
        with self.database.reading() as session:
            return select_results(session, wanted, find_contaminant(session, wanted.contaminant))


@pytest.fixture
def shelf(database: Database) -> Iterator[Shelf]:
    return Shelf(database)


def _depths(shelf: Shelf) -> list[int]:
    """0-10, 10-30, 15-35, 5-5, 20-20, unknown, half unknown."""
    edges = [(0, 10), (10, 30), (15, 35), (5, 5), (25, 25), (None, None), (0, None)]
    return [shelf.add(upper=upper, lower=lower) for upper, lower in edges]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        # 10-30 overlaps 0-20 by exactly half of its thickness; 15-35 by a quarter.
        ({"depth_rule": "overlap"}, [1, 2, 4]),
        ({"depth_rule": "contained"}, [1, 4]),
        ({"depth_rule": "overlap", "include_unknown": True}, [1, 2, 4, 6, 7]),
        ({"depth_rule": "contained", "include_unknown": True}, [1, 4, 6, 7]),
    ],
)
def test_depth_rules(shelf: Shelf, order: dict[str, Any], expected: list[int]) -> None:
    _depths(shelf)
    found = shelf.select(depth_upper_cm=0.0, depth_lower_cm=20.0, **order)
    assert found.sample_ids.tolist() == expected
    assert found.counts["found"] == 7
    left_out = 7 - len(expected)
    if order.get("include_unknown"):
        assert found.counts["unknown_included"] == 2
        assert found.counts["left_out_by_selection"] == left_out
        assert any("2 results it is not known" in warning for warning in found.warnings)
    else:
        assert found.counts["unknown_left_out"] == 2
        assert found.counts["left_out_by_selection"] == left_out - 2
        assert "unknown_included" not in found.counts


def test_without_a_window_every_depth_counts(shelf: Shelf) -> None:
    _depths(shelf)
    found = shelf.select()
    assert len(found.values) == 7
    assert found.counts["unknown_left_out"] == 0


def test_period_takes_what_overlaps_it(shelf: Shelf) -> None:
    for since, until in [
        ("1989-01-01", "1989-12-31"),
        ("1989-12-01", "1990-01-01"),
        ("1990-06-01", "1990-06-01"),
        ("1990-12-31", "1991-05-01"),
        ("1991-01-01", "1991-02-01"),
        (None, None),
    ]:
        shelf.add(since=since, until=until)
    year = {"sampled_from": "1990-01-01", "sampled_to": "1990-12-31"}
    assert shelf.select(**year).sample_ids.tolist() == [2, 3, 4]
    assert shelf.select(**year, include_unknown=True).sample_ids.tolist() == [2, 3, 4, 6]
    assert shelf.select(sampled_from="1991-01-01").sample_ids.tolist() == [4, 5]


def test_extraction_and_fraction(shelf: Shelf) -> None:
    shelf.add(extraction="aqua regia", fraction="<2 mm")
    shelf.add(extraction="total", fraction="<2 mm")
    shelf.add(extraction=None, fraction="<63 µm")
    assert shelf.select(extraction="aqua regia").sample_ids.tolist() == [1]
    with_unknown = shelf.select(extraction="aqua regia", include_unknown=True)
    assert with_unknown.sample_ids.tolist() == [1, 3]
    assert shelf.select(fraction="<2 mm").sample_ids.tolist() == [1, 2]


def test_mixed_extractions_are_counted_and_warned_of(shelf: Shelf) -> None:
    for extraction in ("aqua regia", "aqua regia", "total", None):
        shelf.add(extraction=extraction)
    found = shelf.select()
    assert found.extractions == {"aqua regia": 2, "total": 1, "not stated": 1}
    [warning] = found.warnings
    assert "aqua regia (2), not stated (1), total (1)" in warning


def test_nondetects_and_zeros_are_counted_and_warned_of(shelf: Shelf) -> None:
    shelf.add(value=30.0)
    shelf.add(value=None, censoring="left", limit=5.0)
    shelf.add(value=None, censoring="left")
    shelf.add(value=None, censoring="right", limit=100.0)
    shelf.add(value=0.0)
    found = shelf.select()
    np.testing.assert_array_equal(found.values, [30.0, 5.0])
    np.testing.assert_array_equal(found.halved, [30.0, 2.5])
    assert found.is_censored.tolist() == [False, True]
    assert found.counts == {
        "found": 5,
        "used": 2,
        "left_out_by_selection": 0,
        "unknown_left_out": 0,
        "below_limit": 1,
        "unknown_limit_left_out": 1,
        "above_range_left_out": 1,
        "zero_left_out": 1,
    }
    beginnings = sorted(warning[:30] for warning in found.warnings)
    # What lies below a limit is spoken of by the model, which knows how it was treated.
    assert len(beginnings) == 3
    assert any("reported as 0" in warning for warning in found.warnings)


def test_zeros_stay_where_no_logarithm_is_taken(shelf: Shelf) -> None:
    shelf.add(value=0.0)
    assert shelf.select(transform="none").values.tolist() == [0.0]


def test_different_units_are_refused(shelf: Shelf) -> None:
    shelf.add()
    shelf.add(unit="%")
    with pytest.raises(Unprocessable, match=r"different units \(%, mg/kg\)"):
        shelf.select()


def test_nothing_left_names_what_there_was(shelf: Shelf) -> None:
    shelf.add(upper=100, lower=120)
    with pytest.raises(Unprocessable, match=r"\(1 were found without it\)"):
        shelf.select(depth_upper_cm=0.0, depth_lower_cm=20.0)


def test_superseded_results_do_not_count(shelf: Shelf) -> None:
    shelf.add()
    shelf.add()
    with shelf.database.writing() as session:
        session.execute(
            text("UPDATE hotspots.measurement SET superseded_at = now() WHERE sample_id=1")
        )
    found = shelf.select()
    assert (found.sample_ids.tolist(), found.counts["found"]) == ([2], 1)


def test_unnamed_data_sets_are_the_public_ones(shelf: Shelf) -> None:
    shelf.add(dataset="open")
    shelf.add(dataset="closed")
    with shelf.database.writing() as session:
        ensure(session, "open", DatasetTerms(visibility="public"))
    assert shelf.select(datasets=()).sample_ids.tolist() == [1]
    assert shelf.select(datasets=("open", "closed")).sample_ids.tolist() == [1, 2]
    with pytest.raises(NotFound, match="no data set 'ajar'"):
        shelf.select(datasets=("open", "ajar"))


def test_named_data_set_is_listed_though_none_of_its_results_is_used(shelf: Shelf) -> None:
    # The card names it and counts its results, so who may not see it may not see the surface.
    shelf.add(dataset="open", upper=0, lower=10)
    shelf.add(dataset="closed", upper=90, lower=99)
    found = shelf.select(datasets=("open", "closed"), depth_upper_cm=0.0, depth_lower_cm=20.0)
    assert found.sample_ids.tolist() == [1]
    assert len(found.dataset_ids) == 2


def test_common_system_only_where_all_share_it(shelf: Shelf) -> None:
    shelf.add()
    shelf.add()
    assert shelf.select().common_epsg == 28992
    assert shelf.select().places_on(28992)[0].tolist() == [1.0, 2.0]
    with shelf.database.writing() as session:
        session.execute(text("UPDATE hotspots.sample SET original_epsg = 4326 WHERE id = 2"))
    assert shelf.select().common_epsg is None

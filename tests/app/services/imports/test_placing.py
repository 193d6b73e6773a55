"""New samples made ready to be copied in, against what the database makes of the same numbers."""

import uuid
from datetime import date

import numpy as np
import polars as pl
import pytest
from sqlalchemy import text

from app.services.imports import placing
from app.services.imports.placing import ToldSamples, points, public_ids
from app.services.runtime import Runtime
from ingest.records import SAMPLE_SCHEMA

_KEY = {"depth_upper_cm": 0.0, "depth_lower_cm": None, "sampled_from": date(2020, 5, 1)}


def _samples(*places: str, **more: object) -> pl.DataFrame:
    rows = [{"natural_place": place, "sampled_to": None} | _KEY | more for place in places]
    kinds = {name: SAMPLE_SCHEMA[name] for name in rows[0]}
    return pl.DataFrame(rows, schema=kinds)


def test_points_are_those_of_the_database(runtime: Runtime) -> None:
    longitude = np.array([5.125, -180.0, 0.1 + 0.2, 180.0])
    latitude = np.array([51.0, 90.0, -1e-300, -89.99999999999999])
    made = points(longitude, latitude).to_list()
    told = {"x": longitude.tolist(), "y": latitude.tolist()}
    statement = text(
        "SELECT encode(ST_AsEWKB(ST_SetSRID(ST_MakePoint(x, y), 4326), 'NDR'), 'hex') "
        "FROM unnest(CAST(:x AS float8[]), CAST(:y AS float8[])) WITH ORDINALITY AS t (x, y, n) "
        "ORDER BY n"
    )
    with runtime.database.reading() as session:
        assert made == list(session.scalars(statement, told))


def test_public_ids_are_random_and_share_their_beginning() -> None:
    made = [uuid.UUID(text) for text in public_ids(10_000)]
    assert len(set(made)) == 10_000
    assert {(one.version, one.variant) for one in made} == {(4, uuid.RFC_4122)}
    assert len({one.bytes[:4] for one in made}) == 1
    # Every other bit is set in about half of them: six standard deviations are 300.
    bits = np.unpackbits(np.array([list(one.bytes) for one in made], np.uint8), axis=1).sum(0)
    free = [n for n in range(32, 128) if n not in {48, 49, 50, 51, 64, 65}]
    assert np.abs(bits[free] - 5_000.0).max() < 300
    assert uuid.UUID(public_ids(1)[0]).bytes[:4] != made[0].bytes[:4]


def test_samples_are_new_once() -> None:
    told = ToldSamples(is_first=True)
    assert told.may_be_told(_samples("id:A", "id:B")).to_list() == [False, False]
    assert told.may_be_told(_samples("id:C")).to_list() == [False]
    assert told.may_be_told(_samples("id:D", "id:B", "id:A")).to_list() == [False, True, True]
    assert told.may_be_told(_samples("id:E", "id:D")).to_list() == [False, True]


def test_samples_of_another_depth_or_day_are_others() -> None:
    told = ToldSamples(is_first=True)
    for changed in (
        {},
        {"depth_upper_cm": None},
        {"depth_lower_cm": 10.0},
        {"sampled_from": date(2021, 5, 1)},
        {"sampled_to": date(2020, 5, 1)},
    ):
        assert told.may_be_told(_samples("id:A", **changed)).to_list() == [False]
        assert told.may_be_told(_samples("id:A", **changed)).to_list() == [True]
    assert told.may_be_told(_samples("id:A", depth_upper_cm=-0.0)).to_list() == [True]


def test_everything_may_be_told_where_it_cannot_be_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ToldSamples(is_first=False).may_be_told(_samples("id:A")).to_list() == [True]
    monkeypatch.setattr(placing, "_MOST_TOLD", 3)
    told = ToldSamples(is_first=True)
    assert told.may_be_told(_samples("id:A", "id:B")).to_list() == [False, False]
    assert told.may_be_told(_samples("id:C", "id:D")).to_list() == [True, True]
    assert told.may_be_told(_samples("id:E")).to_list() == [True]

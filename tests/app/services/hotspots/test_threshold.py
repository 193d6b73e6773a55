"""The value a layer is held against: named, chosen for a place, or stated."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.models import GuidelineValue, Surface
from app.errors import InvalidRequest, NotFound, Unprocessable
from app.services import hotspots
from app.services.guidelines import Place
from app.services.hotspots.threshold import Threshold, resolve_threshold
from app.services.runtime import Runtime
from app.services.surfaces.catalogue import list_surfaces
from tests.app.scene import EXCEEDING, NOTE, ZINC_GUIDELINE, Showcase, find

LOAM = Place(
    framework="de_bbodschv_2021", tier="threshold", soil_texture="clay", organic_carbon=2.0, ph=5.5
)
BY_GUIDELINE = hotspots.HotspotOrder(contaminant="zn", q=0.9)
ORDER = hotspots.HotspotOrder(contaminant="zn", place=LOAM, q=0.9, extraction_note=NOTE)


@pytest.fixture
def session(showcase: Showcase) -> Iterator[Session]:
    with showcase.runtime.database.reading() as opened:
        yield opened


@pytest.fixture
def read(showcase: Showcase) -> Runtime:
    return showcase.runtime


@pytest.fixture
def surface(session: Session) -> Surface:
    return next(s for s in list_surfaces(session, contaminant="zn") if s.epsg == 28992)


def test_value_is_chosen_for_the_place_and_the_reason_says_why(
    session: Session, surface: Surface
) -> None:
    threshold = resolve_threshold(session, ORDER, surface)
    assert threshold.value == 150.0
    assert threshold.guideline_id == ZINC_GUIDELINE
    assert "because clay at pH 5.5 (below 6) takes it" in threshold.sentence
    card = threshold.card()
    assert (card["kind"], card["value"]) == ("guideline", 150.0)
    assert card["choice"]["place"]["framework"] == "de_bbodschv_2021"
    assert len(card["choice"]["candidates"]) == 3  # sand, loam and clay


def test_stated_threshold_says_so() -> None:
    assert Threshold(3.0).sentence == "a threshold stated by the user"
    assert Threshold(3.0).card() == {"value": 3.0, "kind": "stated", "choice": None}


@pytest.mark.parametrize(
    ("changes", "note", "kind", "words"),
    [
        ({"soil_texture": None}, NOTE, Unprocessable, "state soil_texture"),
        ({"framework": "DE"}, NOTE, NotFound, "GET /api/guidelines/frameworks lists all"),
        ({"framework": None, "country": "QQ"}, NOTE, NotFound, "There are frameworks of: AT"),
        ({"land_use": "moon"}, NOTE, InvalidRequest, "There are: agricultural"),
        ({"framework": "JP_SCCA"}, NOTE, Unprocessable, "has no value for the contaminant"),
        ({"framework": "QUOTED_WHO_1996"}, NOTE, Unprocessable, "No value applies"),
        ({}, None, Unprocessable, "the samples' extraction is not stated"),
        ({"extraction": "1 M HCl"}, NOTE, Unprocessable, "excluded"),
    ],
)
def test_place_without_a_value_is_a_sentence_with_the_remedy(
    session: Session,
    surface: Surface,
    changes: dict[str, Any],
    note: str | None,
    kind: type[Exception],
    words: str,
) -> None:
    order = replace(ORDER, place=replace(LOAM, **changes), extraction_note=note)
    with pytest.raises(kind, match=words):
        _resolve(session, order, surface)


def _resolve(session: Session, order: hotspots.HotspotOrder, surface: Surface) -> Threshold:
    order.check()
    return resolve_threshold(session, order, surface)


def test_unverified_value_needs_the_order_s_word(session: Session, surface: Surface) -> None:
    place = Place(
        framework="PL_2016_1395",
        land_use="industrial",
        depth_upper_cm=0.0,
        depth_lower_cm=25.0,
    )
    with pytest.raises(Unprocessable, match="accept_unverified"):
        resolve_threshold(session, replace(ORDER, place=place), surface)
    order = replace(ORDER, place=place, accept_unverified=True)
    assert resolve_threshold(session, order, surface).choice is not None


def test_place_and_guideline_and_threshold_exclude_each_other() -> None:
    for more in ({"guideline": ZINC_GUIDELINE}, {"threshold": 3.0}):
        with pytest.raises(InvalidRequest, match="not both"):
            replace(ORDER, **more).check()  # type: ignore[arg-type]


def test_order_with_a_place_survives_its_job() -> None:
    assert hotspots.HotspotOrder.from_json(ORDER.to_json()) == ORDER


def test_layer_of_a_place_tells_the_choice_and_withdrawn_values_are_refused(
    meuse: Runtime,
) -> None:
    made = find(meuse, ORDER)
    assert find(meuse, ORDER) == {"layer": made["layer"], "is_new": False}
    with meuse.database.reading() as session:
        shown = hotspots.show_layer(session, made["layer"])
    assert shown["guideline"]["id"] == ZINC_GUIDELINE
    assert shown["card"]["threshold"]["choice"]["facts"]
    with meuse.database.writing() as session:
        session.execute(
            update(GuidelineValue)
            .where(GuidelineValue.id == ZINC_GUIDELINE)
            .values(withdrawn_at="2026-01-02")
        )
    with pytest.raises(Unprocessable, match="was withdrawn from the registry on 2026-01-02"):
        find(meuse, EXCEEDING)
    with pytest.raises(Unprocessable, match="No value applies"):
        find(meuse, ORDER)


def _guideline(read: Runtime, *conditions: Any) -> str:
    with read.database.reading() as session:
        statement = select(GuidelineValue.id).where(*conditions).order_by(GuidelineValue.id)
        found = session.scalars(statement.limit(1)).one()
        return str(found)


def test_guideline_of_another_contaminant_is_refused(read: Runtime) -> None:
    lead = _guideline(read, GuidelineValue.contaminant == "pb", GuidelineValue.verified)
    with pytest.raises(Unprocessable, match="is one of pb, the surface is one of zn"):
        find(read, replace(BY_GUIDELINE, guideline=lead))


def test_unverified_guideline_is_refused_with_the_remedy(read: Runtime) -> None:
    weak = _guideline(
        read,
        GuidelineValue.contaminant == "zn",
        GuidelineValue.unit == "mg/kg",
        ~GuidelineValue.verified,
    )
    with pytest.raises(Unprocessable, match="Choose a verified one, or say accept_unverified"):
        find(read, replace(BY_GUIDELINE, guideline=weak))


def test_other_extraction_without_a_note_is_refused_with_the_remedy(read: Runtime) -> None:
    with pytest.raises(Unprocessable, match=r"extraction is not stated.*Say in extraction_note"):
        find(read, replace(EXCEEDING, extraction_note=None))


def test_unknown_guideline_is_not_found(read: Runtime) -> None:
    with pytest.raises(NotFound, match="No guideline value has the id 'nothing'"):
        find(read, replace(BY_GUIDELINE, guideline="nothing"))


def test_guideline_in_another_unit_is_refused(meuse: Runtime) -> None:
    with meuse.database.writing() as session:
        session.get_one(GuidelineValue, EXCEEDING.guideline).unit = "µg/l"
    with pytest.raises(Unprocessable, match="is in µg/l, the surface in mg/kg"):
        find(meuse, replace(EXCEEDING, q=0.7))

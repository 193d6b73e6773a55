"""What is written as text is what the database's own functions say."""

import json

from sqlalchemy import func, literal, select

from app.services.features import Query, all_collections, select_features
from app.services.features.told import object_text
from tests.app.scene import Showcase


def test_objects_are_those_of_the_database(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        for name, collection in all_collections(session).items():
            members = collection.properties
            pairs = [part for pair in members.items() for part in pair]
            usual = func.json_build_object(*pairs)
            rows = session.execute(
                select_features(
                    session, collection, Query(), object_text(members, collection.told), usual
                ).limit(50)
            ).all()
            assert rows, name
            for text, told in rows:
                assert json.loads(text) == told
                assert list(json.loads(text)) == list(members)


def test_texts_are_escaped_and_numbers_kept(showcase: Showcase) -> None:
    said = {"text": 'a"b\\c\n\u20ac\u0001', "number": 0.1 + 0.2, "none": None, "truth": True}
    columns = {f"m{n}": literal(n) for n in range(60)}
    columns |= {name: literal(value) for name, value in said.items() if value is not None}
    with showcase.runtime.database.reading() as session:
        text = session.scalar(select(object_text(columns)))
        assert json.loads(text) == {
            **{f"m{n}": n for n in range(60)},
            **{name: value for name, value in said.items() if value is not None},
        }
        assert session.scalar(select(object_text({}))) == "{}"

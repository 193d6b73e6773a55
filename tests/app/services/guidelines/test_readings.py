"""The rules beside the columns rest on words that still stand in the registry."""

from app.services.guidelines.readings import (
    ACID_VALUES,
    BOTH_ENDS_INCLUDED,
    READINGS,
    TEXTURE_STEPS,
)
from tests.app.services.guidelines.registry_rows import registry


def test_every_reading_rests_on_the_note_of_each_row_it_changes() -> None:
    for reading in READINGS:
        changed = [
            row
            for row in registry()
            if row.framework == reading.framework
            and (row.tier_local or "").startswith(reading.tier_local)
        ]
        assert changed
        assert all(reading.note in (row.note or "") for row in changed)


def test_every_texture_step_rests_on_notes_and_misses_none() -> None:
    for step in TEXTURE_STEPS:
        noted = {
            row.contaminant: row.note
            for row in registry()
            if row.framework == step.framework and step.note in (row.note or "")
        }
        assert noted.keys() == step.below_ph.keys()
        for contaminant, note in noted.items():
            assert f"pH <{step.below_ph[contaminant]:.1f}" in (note or "")


def test_every_acid_value_rests_on_its_note() -> None:
    by_id = {row.id: row for row in registry()}
    for other in ACID_VALUES:
        assert by_id[other.id].note == f"{other.value:g} where soil pH <{other.below_ph:g}"


def test_both_ends_are_included_only_where_the_readme_says_so() -> None:
    with_classes = {row.framework for row in registry() if row.ph_min or row.ph_max}
    assert with_classes == {"CN_GB15618_2018", *BOTH_ENDS_INCLUDED}

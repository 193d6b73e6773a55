"""Statements for the event loop: each parameter is told once, in order; no mark is left."""

import re
from itertools import product
from typing import Any

import pytest

from app.db.reading import Readers
from app.services.features.collections import lasting_collections
from app.services.runtime import Runtime
from app.services.state import shown_of
from app.services.tile_matrices import MATRIX_SETS
from app.services.vector_tiles.quick import _NAMES, _statement, fetch_shown
from tests.app.loops import run_in_loop
from tests.app.scene import soil_csv, take_in

_KINDS = [(one.id, matrix, *flags) for one, matrix, flags in product(
    lasting_collections(), MATRIX_SETS, [(False, False), (True, False), (False, True), (True, True)]
)]  # fmt: skip


@pytest.mark.parametrize(("collection_id", "matrix_id", "has_code", "has_threshold"), _KINDS)
def test_parameters_are_those_that_are_told(
    collection_id: str, matrix_id: str, has_code: bool, has_threshold: bool
) -> None:
    text, names = _statement(
        collection_id, matrix_id, 10, has_code=has_code, has_threshold=has_threshold
    )
    assert "@@" not in text
    kinds = dict(re.findall(r"\$(\d+)::(\w+)", text))
    assert len(re.findall(r"\$\d", text)) == len(re.findall(r"\$\d+::\w+", text))
    # Numbered from 1 without a gap, in the order in which they are told.
    assert sorted(map(int, kinds)) == list(range(1, len(names) + 1))
    assert list(names) == [name for name in _NAMES if name in names]
    for number, name in enumerate(names, 1):
        assert kinds[str(number)] == ("text" if name in {"code", "snapshot"} else "float8"), name
    assert "snapshot" in names
    assert ("threshold" in names) <= has_threshold
    assert ("code" in names) <= has_code


def test_what_is_shown_is_read_again_only_where_something_changed(runtime: Runtime) -> None:
    def take(name: str, visibility: str) -> None:
        rows = [("a", 5.1, 51.1, 10)]
        taken = take_in(
            runtime, soil_csv(rows), dataset=name, visibility=visibility, epsg=4326, unit="mg/kg"
        )
        assert taken["status"] == "loaded"

    async def watched() -> Any:
        readers = Readers(runtime.settings.database.database_url)
        try:
            first = await fetch_shown(readers)
            again = await fetch_shown(readers, first)
            take("d", "public")
            public = await fetch_shown(readers, again)
            take("hidden", "private")
            private = await fetch_shown(readers, public)
            return first, again, public, private
        finally:
            await readers.close()

    first, again, public, private = run_in_loop(watched())
    assert again is first
    assert first.datasets == ()
    assert public.state != first.state
    assert public.of_samples != first.of_samples
    assert len(public.datasets) == 1
    # What nobody may see changes nothing that is shown.
    assert (private.state, private.datasets) == (public.state, public.datasets)
    assert private.snapshot != public.snapshot
    with runtime.database.reading() as session:
        told = shown_of(session)
    assert (told.state, told.datasets) == (private.state, private.datasets)

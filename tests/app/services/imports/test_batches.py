"""Batches end between samples, wherever the pieces of a file end."""

from functools import partial
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from app.db.models import Result, Sample
from app.services.imports import batches, files
from app.services.imports.copying import Copying
from app.services.runtime import Runtime
from ingest.options import Limits
from tests.app.scene import take_in

ANALYTES = ("Arsenic", "Cadmium", "Lead", "Zinc")
SAMPLES = 24


def _file() -> str:
    """Tell samples of four results; a block of 280 characters ends within one of them."""
    rows = [
        f"S{number:02d},{5 + number / 100},51.2,{analyte},{number * 4 + place + 1}"
        for number in range(SAMPLES)
        for place, analyte in enumerate(ANALYTES)
    ]
    return "\n".join(("sample_id,lon,lat,analyte,result", *rows)) + "\n"


@pytest.mark.parametrize(("most_kept", "are_asked_for"), [(1_000, False), (2, True)])
def test_a_sample_that_pieces_part_is_not_looked_up(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, most_kept: int, *, are_asked_for: bool
) -> None:
    copied: list[str] = []
    copy = Copying.copy

    def noted(self: Copying, table: str, frame: pl.DataFrame) -> None:
        copied.append(table)
        copy(self, table, frame)

    monkeypatch.setattr(Copying, "copy", noted)
    monkeypatch.setattr(files, "Limits", partial(Limits, block_characters=280))
    monkeypatch.setattr(batches, "BATCH_ROWS", 10)
    monkeypatch.setattr(batches, "_MOST_KEPT_BACK", most_kept)
    said: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "dataset": "d"}
    shown = take_in(runtime, _file(), **said)
    assert (shown["rows"]["read"], shown["rows"]["loaded"]) == (4 * SAMPLES, 4 * SAMPLES)
    assert copied.count("sample") > 3  # several batches, or there is nothing to part
    assert ("staged_sample" in copied) is are_asked_for
    with runtime.database.reading() as session:
        stored = session.execute(
            select(Sample.code, Result.value).join(Sample, Sample.id == Result.sample_id)
        )
        found = sorted((code, value) for code, value in stored)
    assert found == [(f"S{n // 4:02d}", float(n + 1)) for n in range(4 * SAMPLES)]

"""Load what districts say: never turned into points."""

from typing import Any

import polars as pl
import shapely
from sqlalchemy.orm import Session

from app.db.models import Aggregate, Import
from app.services.imports.versions import load_versions
from spatial.coordinates import hilbert_key


def load_aggregates(session: Session, record: Import, aggregates: pl.DataFrame) -> int:
    """Insert or supersede; return how many rows of the file brought something new."""
    if aggregates.is_empty():
        return 0
    shapes = shapely.from_wkt(aggregates["geometry"].to_numpy())
    rows = [
        _row(aggregate, _hilbert(shape), record)
        for aggregate, shape in zip(aggregates.iter_rows(named=True), shapes, strict=True)
    ]
    return len(load_versions(session, Aggregate, rows))


def _hilbert(shape: shapely.Geometry | None) -> int:
    """Return the key of an area's centre; areas known by their code alone come first."""
    if shape is None:
        return 0
    centre = shapely.centroid(shape)
    return int(hilbert_key([centre.x], [centre.y])[0])


def _row(aggregate: dict[str, Any], hilbert: int, record: Import) -> dict[str, Any]:
    row = {name: value for name, value in aggregate.items() if name != "geometry"}
    shape = aggregate["geometry"]
    return row | {
        "geom": None if shape is None else f"SRID=4326;{shape}",
        "hilbert": hilbert,
        "dataset_id": record.dataset_id,
        "import_id": record.id,
    }

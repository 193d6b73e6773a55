"""Boundary layers: areas that users bring, by which layers are summarised; none is assumed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Boundary, Dataset, Import
from app.db.session import Database
from app.errors import NotFound
from app.services import imports


def list_boundaries(session: Session, visible: Sequence[int]) -> list[dict[str, Any]]:
    """Return the boundary layers of visible data sets, with how many areas each has."""
    rows = session.execute(
        select(Dataset, func.count())
        .join(Boundary, Boundary.dataset_id == Dataset.id)
        .where(Boundary.superseded_at.is_(None), Dataset.id.in_(visible))
        .group_by(Dataset.id)
        .order_by(Dataset.name)
    )
    return [
        {
            "name": dataset.name,
            "dataset": ids.show("dataset", dataset.uid),
            "title": dataset.title,
            "licence": dataset.licence,
            "citation": dataset.citation,
            "visibility": dataset.visibility,
            "areas": count,
        }
        for dataset, count in rows
    ]


def find_boundaries(session: Session, name: str, visible: Sequence[int]) -> Dataset:
    """Return the data set that holds a boundary layer.

    Raises
    ------
    NotFound
        Unknown, hidden, or without boundaries: the answer is the same, with those there are.
    """
    uid = ids.parse("dataset", name)
    known = select(Boundary.dataset_id).where(Boundary.superseded_at.is_(None))
    found = session.scalar(
        select(Dataset).where(
            or_(Dataset.name == name, Dataset.uid == uid),
            Dataset.id.in_(visible),
            Dataset.id.in_(known),
        )
    )
    if found is None:
        there = ", ".join(one["name"] for one in list_boundaries(session, visible)) or "none yet"
        raise NotFound(
            f"There are no boundaries {name[:80]!r}; there are: {there}. Load some: 'hotspots "
            "boundaries load FILE --name NAME' or POST /api/boundaries.",
            parameter="boundaries",
        )
    return found


def options_of(
    name_column: str | None, code_column: str | None, epsg: int | None
) -> dict[str, Any]:
    """Return how a file of boundaries is read, as an import keeps it."""
    stated = {name_column: "area_name", code_column: "area_code"}
    columns = {column: meaning for column, meaning in stated.items() if column is not None}
    options: dict[str, Any] = {} if epsg is None else {"epsg": epsg}
    return options | ({"columns": columns} if columns else {})


def remove_boundaries(database: Database, name: str) -> dict[str, Any]:
    """Take back every file that brought areas of a boundary layer, the newest first, or none.

    Raises
    ------
    NotFound, Conflict
        No such layer, or something was built on it.
    """
    with database.writing() as session:
        dataset = find_boundaries(session, name, list(session.scalars(select(Dataset.id))))
        found = session.scalars(
            select(Import)
            .where(
                Import.dataset_id == dataset.id,
                Import.kind == "boundaries",
                Import.status == "loaded",
            )
            .order_by(Import.id.desc())
        )
        taken = [imports.undo_in(session, record, lambda _fraction: None) for record in found.all()]
        return {
            "name": dataset.name,
            "imports": [ids.show("import", record.uid) for record in taken],
        }

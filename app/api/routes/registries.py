"""Registries and data sets."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.deps import ReadSession
from app.api.strict import StrictRoute
from app.db import ids
from app.db.models import GuidelineValue
from app.services import datasets, registries

router = APIRouter(route_class=StrictRoute, tags=["Registries"])


@router.get("/contaminants", summary="Contaminants")
def list_contaminants(session: ReadSession) -> dict[str, Any]:
    """Return all contaminants, with names only in the languages where one is known."""
    return {
        "contaminants": [
            {
                "code": entry.code,
                "symbol": entry.symbol,
                "cas": entry.cas,
                "names": registries.contaminant_names(entry),
                "aliases": entry.aliases,
                "group": entry.group,
                "unit": entry.default_unit,
            }
            for entry in registries.list_contaminants(session)
        ]
    }


def show_guideline(value: GuidelineValue) -> dict[str, Any]:
    """Return a guideline value with its conditions, citation and how far it was checked."""
    columns = {column.name: getattr(value, column.name) for column in value.__table__.columns}
    columns.pop("withdrawn_at")
    parts = [value.legal_name, value.source_table]
    return columns | {"citation": ", ".join(part for part in parts if part)}


@router.get("/guidelines", summary="Guideline values")
def list_guidelines(
    session: ReadSession,
    contaminant: Annotated[str | None, Query(max_length=64)] = None,
    framework: Annotated[str | None, Query(max_length=64)] = None,
    verified: Annotated[bool, Query(description="only values checked against a text")] = False,
) -> dict[str, Any]:
    """Return guideline values; `verified` tells whether a text was found that shows the number."""
    found = registries.list_guidelines(
        session, contaminant=contaminant, framework=framework, verified_only=verified
    )
    return {"guidelines": [show_guideline(value) for value in found]}


@router.get("/source-types", summary="Types of potential sources")
def list_source_types(session: ReadSession) -> dict[str, Any]:
    """Return the taxonomy of potential sources."""
    shown = []
    for entry in registries.list_source_types(session):
        names = {
            language: getattr(entry, f"name_{language}") for language in ("en", "fr", "es", "zh")
        }
        shown.append(
            {
                "code": entry.code,
                "names": {language: name for language, name in names.items() if name},
                "category": entry.category,
                "contaminants": entry.contaminant_codes,
                "influence_distance_note": entry.influence_distance_note,
                "verified": entry.verified,
            }
        )
    return {"source_types": shown}


@router.get("/datasets", summary="Data sets")
def list_datasets(session: ReadSession) -> dict[str, Any]:
    """Return the data sets that may be seen, with licence and citation."""
    return {
        "datasets": [
            {
                "id": ids.show("dataset", entry.dataset.uid),
                "name": entry.dataset.name,
                "title": entry.dataset.title,
                "owner": entry.dataset.owner,
                "licence": entry.dataset.licence,
                "citation": entry.dataset.citation,
                "source_url": entry.dataset.source_url,
                "note": entry.dataset.note,
                "sample_count": entry.sample_count,
                "source_count": entry.source_count,
            }
            for entry in datasets.list_visible(session)
        ]
    }

"""Registries and data sets."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import ReadSession
from app.api.strict import StrictRoute
from app.db import ids
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

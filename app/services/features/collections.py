"""The registry of collections: a new one is one entry."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.db.models import Aggregate, Hotspot, Member, Sample, Source
from app.errors import NotFound
from app.services.features import aggregates, hotspots, members, samples, sources

Filter = Callable[[Session, str], ColumnElement[bool]]


@dataclass(frozen=True)
class Collection:
    """One kind of features: its table, what a feature shows, and what it can be filtered by."""

    id: str
    kind: str
    title: str
    description: str
    model: Any
    properties: dict[str, Any]
    is_visible: Callable[[list[int]], ColumnElement[bool]]
    filters: dict[str, Filter] = field(default_factory=dict)
    # Holds in a page unless the filter of that name is used.
    defaults: dict[str, Callable[[list[int]], ColumnElement[bool]]] = field(default_factory=dict)


@cache
def _collections() -> dict[str, Collection]:
    entries = (
        Collection(
            id="samples",
            kind="sample",
            title="Soil samples",
            description="Places where soil was taken, with what a laboratory found in it.",
            model=Sample,
            properties=samples.properties(),
            is_visible=samples.is_visible,
            filters={"contaminant": samples.has_contaminant, "dataset": samples.of_dataset},
        ),
        Collection(
            id="sources",
            kind="source",
            title="Potential sources of pollution",
            description="Works, mines, landfills and the like, with how exactly they are placed.",
            model=Source,
            properties=sources.properties(),
            is_visible=sources.is_visible,
            filters={"dataset": sources.of_dataset},
        ),
        Collection(
            id="aggregates",
            kind="aggregate",
            title="Districts",
            description="What districts say without coordinates: counts, quantiles, shares.",
            model=Aggregate,
            properties=aggregates.properties(),
            is_visible=aggregates.is_visible,
            filters={"contaminant": aggregates.of_contaminant, "dataset": aggregates.of_dataset},
        ),
        Collection(
            id="hotspots",
            kind="hotspot",
            title="Hotspots",
            description="Areas that satisfy a named definition, with the evidence for each.",
            model=Hotspot,
            properties=hotspots.properties(),
            is_visible=hotspots.is_visible,
            filters={"contaminant": hotspots.of_contaminant, "layer": hotspots.of_layer},
            defaults={"layer": hotspots.is_latest},
        ),
        Collection(
            id="members",
            kind="member",
            title="Members of the network",
            description="Approved members who agreed to be shown, at the place of their city.",
            model=Member,
            properties=members.properties(),
            is_visible=members.is_visible,
        ),
    )
    return {entry.id: entry for entry in entries}


def all_collections() -> dict[str, Collection]:
    """Return all collections by id."""
    return _collections()


def get_collection(collection_id: str) -> Collection:
    """Return a collection.

    Raises
    ------
    NotFound
        With the ids there are.
    """
    found = _collections().get(collection_id)
    if found is None:
        raise NotFound(
            f"There is no collection {collection_id[:80]!r}. "
            f"There are: {', '.join(_collections())}."
        )
    return found

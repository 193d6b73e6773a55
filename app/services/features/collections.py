"""The registry of collections: a new one is one entry."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import (
    Aggregate,
    Boundary,
    Hotspot,
    HotspotLayer,
    Measurement,
    Member,
    Sample,
    Source,
)
from app.errors import NotFound
from app.services.features import (
    aggregates,
    boundaries,
    hotspots,
    members,
    results,
    samples,
    sources,
)
from app.services.features.datasets import public_id, shared_by_dataset
from app.services.features.shared import Listed, Shared
from app.services.visibility import Visible

Filter = Callable[[Session, str], ColumnElement[bool]]
Condition = Callable[[Visible], ColumnElement[bool]]


@dataclass(frozen=True)
class Collection:
    """One kind of features: its rows, what a feature shows, and what it can be filtered by."""

    id: str
    title: str
    description: str
    # What is selected from: a table, or several that are joined.
    source: Any
    # Features have a total order: by `hilbert`, then by `key`, which names one row.
    hilbert: Any
    key: tuple[Any, ...]
    geom: Any
    public_id: Any
    # What an id names a row by, and what a text says of these; None where it cannot be an id.
    id_columns: tuple[Any, ...]
    read_id: Callable[[str], tuple[Any, ...] | None]
    properties: dict[str, Any]
    # Takes the data sets the caller may see.
    is_visible: Condition
    filters: dict[str, Filter] = field(default_factory=dict)
    # Holds in a page unless the filter of that name is used.
    defaults: dict[str, Condition] = field(default_factory=dict)
    # How rows are found by what a property says, where that is quicker than to look at each.
    by_index: dict[str, Callable[[str], ColumnElement[bool]]] = field(default_factory=dict)
    # The first and the last day of what a feature tells; each may be unknown.
    period: tuple[Any, Any] | None = None
    # The EPSG code a place was given in; and with it the numbers (code, easting, northing).
    own_system: Any = None
    own_numbers: tuple[Any, Any, Any] | None = None
    # The JSON of properties as text, where that is quicker to write than a value.
    told: dict[str, Any] = field(default_factory=dict)
    # Whether features are points, and each lies where its `hilbert` says.
    lies_on_curve: bool = False
    # Another collection that lies in the same places and is quicker to look through.
    extent_of: str | None = None
    # Properties to sort by; None is every plain one.
    sortable: tuple[str, ...] | None = None
    # What whole collections know by key, and put together from many rows, instead of asking for it
    # at every feature.
    shared: tuple[Shared, ...] = ()
    listed: Listed | None = None

    def has_id(self, parts: tuple[Any, ...]) -> ColumnElement[bool]:
        """Return the condition that a feature has the id that `read_id` read."""
        return and_(*(a == b for a, b in zip(self.id_columns, parts, strict=True)))


def _of_table(model: Any, kind: str, **rest: Any) -> Collection:
    """Return a collection whose features are the rows of one table."""

    def read_id(text: str) -> tuple[Any, ...] | None:
        uid = ids.parse(kind, text)
        return None if uid is None else (uid,)

    return Collection(
        source=model,
        hilbert=model.hilbert,
        key=(model.id,),
        geom=model.geom,
        public_id=public_id(kind, model.uid),
        id_columns=(model.uid,),
        read_id=read_id,
        **rest,
    )


@cache
def _collections() -> dict[str, Collection]:
    entries = (
        _of_table(
            Sample,
            "sample",
            id="samples",
            title="Soil samples",
            description="Places where soil was taken, with what a laboratory found in it.",
            properties=samples.properties(),
            is_visible=samples.is_visible,
            filters={"contaminant": samples.has_contaminant, "dataset": samples.of_dataset},
            period=(Sample.sampled_from, Sample.sampled_to),
            own_system=Sample.original_epsg,
            own_numbers=samples.own_numbers(),
            lies_on_curve=True,
            told={"results": samples.results_text()},
            sortable=samples.SORTABLE,
            shared=(shared_by_dataset(Sample.dataset_id),),
            listed=samples.listed_results(),
        ),
        Collection(
            id="results",
            title="Results",
            description="What a laboratory found of one contaminant in one sample.",
            source=results.source(),
            hilbert=Sample.hilbert,
            key=(Measurement.sample_id, Measurement.id),
            geom=Sample.geom,
            public_id=results.public_id(),
            id_columns=(Sample.uid, Measurement.measurand_id),
            read_id=results.read_id,
            properties=results.properties(),
            is_visible=results.is_visible,
            filters={"contaminant": results.of_contaminant, "dataset": samples.of_dataset},
            by_index={"sample_id": results.of_sample},
            period=(Sample.sampled_from, Sample.sampled_to),
            own_system=Sample.original_epsg,
            own_numbers=samples.own_numbers(),
            lies_on_curve=True,
            extent_of="samples",
            sortable=(*samples.SORTABLE, "value", "detection_limit"),
            shared=results.shared(),
        ),
        _of_table(
            Source,
            "source",
            id="sources",
            title="Potential sources of pollution",
            description="Works, mines, landfills and the like, with how exactly they are placed.",
            properties=sources.properties(),
            is_visible=sources.is_visible,
            filters={"dataset": sources.of_dataset},
            period=sources.period(),
            own_system=Source.original_epsg,
            shared=(shared_by_dataset(Source.dataset_id),),
        ),
        _of_table(
            Aggregate,
            "aggregate",
            id="aggregates",
            title="Districts",
            description="What districts say without coordinates: counts, quantiles, shares.",
            properties=aggregates.properties(),
            is_visible=aggregates.is_visible,
            filters={"contaminant": aggregates.of_contaminant, "dataset": aggregates.of_dataset},
            period=(Aggregate.sampled_from, Aggregate.sampled_to),
            shared=(shared_by_dataset(Aggregate.dataset_id),),
        ),
        _of_table(
            Boundary,
            "boundary",
            id="boundaries",
            title="Boundaries",
            description="Areas that users bring, by which layers are summarised; none is assumed.",
            properties=boundaries.properties(),
            is_visible=boundaries.is_visible,
            filters={"dataset": boundaries.of_dataset},
            shared=(shared_by_dataset(Boundary.dataset_id),),
        ),
        _of_table(
            Hotspot,
            "hotspot",
            id="hotspots",
            title="Hotspots",
            description="Areas that satisfy a named definition, with the evidence for each.",
            properties=hotspots.properties(),
            is_visible=hotspots.is_visible,
            filters={"contaminant": hotspots.of_contaminant, "layer": hotspots.of_layer},
            defaults={"layer": hotspots.is_latest},
            shared=hotspots.shared(),
        ),
        _of_table(
            Member,
            "member",
            id="members",
            title="Members of the network",
            description="Approved members who agreed to be shown, at the place of their city.",
            properties=members.properties(),
            is_visible=members.is_visible,
        ),
    )
    return {entry.id: entry for entry in entries}


def all_collections(session: Session) -> dict[str, Collection]:
    """Return all collections by id; the latest layers of hotspots are collections of their own."""
    return _collections() | {
        entry.id: entry for entry in map(_of_layer, hotspots.visible_layers(session))
    }


def lasting_collections() -> list[Collection]:
    """Return the collections that are always there."""
    return list(_collections().values())


def lasting_collection(collection_id: str) -> Collection | None:
    """Return one of the collections that are always there, or None for others."""
    return _collections().get(collection_id)


def get_collection(session: Session, collection_id: str) -> Collection:
    """Return a collection, also one of a layer that another supersedes.

    Raises
    ------
    NotFound
        With the ids there are; a layer that the caller may not see is answered likewise.
    """
    found = _collections().get(collection_id)
    layer = None if found else hotspots.find_layer(session, collection_id)
    if layer is not None:
        return _of_layer(layer)
    if found is None:
        raise NotFound(
            f"There is no collection {collection_id[:80]!r}. "
            f"There are: {', '.join(_collections())}, and hotspot layers by their id."
        )
    return found


def _of_layer(layer: HotspotLayer) -> Collection:
    every = _collections()["hotspots"]

    def is_visible(visible: Visible) -> ColumnElement[bool]:
        return every.is_visible(visible) & (Hotspot.layer_id == layer.id)

    return replace(
        every,
        id=ids.show("hotspot_layer", layer.uid),
        title=hotspots.layer_title(layer),
        description="The hotspots of one layer: one definition with one set of parameters.",
        is_visible=is_visible,
        filters={},
        defaults={},
    )

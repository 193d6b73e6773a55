"""Which features a request asks for: the same parameters wherever features are read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from app.api.deps import bbox_numbers, split_box
from app.api.strict import Named, NamedParameter
from app.errors import InvalidRequest
from app.services import features
from app.services.features import Collection, Period, System, reference
from app.services.features.cql2 import LONGEST, read_filter
from app.services.features.equality import parameters, plain_properties

# Of the properties' names, those that mean something else where features are read: filters with a
# meaning of their own, and what values in tiles are held against.
_OWN_FILTERS = frozenset({"contaminant", "dataset", "layer"})
_TAKEN = frozenset({"threshold"})
BY_PROPERTY = Named(
    {
        name: NamedParameter(
            f"Equal to: {told.schema['title']}. Of {', '.join(told.collections)}.", told.schema
        )
        for name, told in parameters().items()
        if name not in _OWN_FILTERS | _TAKEN
    }
)


@dataclass(frozen=True)
class _Condition:
    """A filter in CQL2 as it was sent."""

    text: str
    language: str
    system: str | None


@dataclass(frozen=True)
class Asked:
    """What was asked, before the collection is known that it is asked of."""

    box: features.Box | None
    box_system: str | None
    period: Period | None
    # Values of the collection's own filters, or of its properties, by name.
    named: dict[str, str]
    condition: _Condition | None

    def of(self, session: Session, collection: Collection) -> features.Query:
        """Return the query; a filter that the collection has not is refused."""
        filters = {name: text for name, text in self.named.items() if name in collection.filters}
        if "dataset" in filters:
            filters["dataset"] = features.dataset_id(session, filters["dataset"])
        equal = {name: text for name, text in self.named.items() if name not in filters}
        _check_known(collection, equal)
        boxes, plane_box = self._boxes(session, collection)
        where = None
        if self.condition is not None:
            told = self.condition
            system = system_of(session, collection, told.system, "filter-crs")
            where = read_filter(told.text, told.language, system)
        return features.Query(boxes, self.period, filters, plane_box, where, equal)

    def _boxes(
        self, session: Session, collection: Collection
    ) -> tuple[tuple[features.Box, ...], features.PlaneBox | None]:
        system = system_of(session, collection, self.box_system, "bbox-crs")
        if self.box is None:
            return (), None
        first, second, third, fourth = self.box
        corners = (second, first, fourth, third) if system.north_first else self.box
        if system.epsg == reference.WGS84:
            return split_box(corners), None
        if corners[0] > corners[2] or corners[1] > corners[3]:
            raise InvalidRequest(
                "bbox: its first corner must be the lower one on both axes of bbox-crs.",
                parameter="bbox",
            )
        around = reference.wrapped(system, corners)
        if around is not None:
            return split_box(around), None
        return (), reference.plane_box(system, corners)


def _check_known(collection: Collection, names: Iterable[str]) -> None:
    """Refuse names that are no properties of a collection by which it can be asked for features."""
    plain = [name for name in plain_properties(collection) if name not in _TAKEN]
    for name in names:
        if name not in plain:
            known = dict.fromkeys(["bbox", "datetime", *collection.filters, *plain])
            raise InvalidRequest(
                f"The collection {collection.id!r} cannot be filtered by {name!r}. "
                f"There are: {', '.join(known)}.",
                parameter=name,
            )


def system_of(session: Session, collection: Collection, uri: str | None, parameter: str) -> System:
    """Return the reference system that a parameter names; longitude and latitude when absent."""
    if uri is None:
        return reference.DEFAULT
    return reference.find_system(
        uri, lambda: features.extent_of(session, collection).own_systems, parameter
    )


# Nothing is waited for below, and a thread for each parameter would cost more than reading it.
async def _box(
    bbox: Annotated[
        str | None,
        Query(
            max_length=256,
            description="west,south,east,north in degrees; west > east crosses 180°. In another "
            "system with bbox-crs, in the order of its axes.",
        ),
    ] = None,
    bbox_crs: Annotated[
        str | None,
        Query(
            alias="bbox-crs",
            max_length=128,
            description="The URI of the reference system of bbox, one that the collection lists.",
        ),
    ] = None,
) -> tuple[features.Box | None, str | None]:
    return None if bbox is None else bbox_numbers(bbox), bbox_crs


async def _condition(
    where: Annotated[
        str | None,
        Query(
            alias="filter",
            max_length=LONGEST,
            description="A condition in CQL2 on the collection's queryables.",
        ),
    ] = None,
    language: Annotated[
        Literal["cql2-text", "cql2-json", "cql-text"],
        Query(
            alias="filter-lang",
            description="The language of the filter; cql-text is cql2-text as GDAL writes it.",
        ),
    ] = "cql2-text",
    filter_crs: Annotated[
        str | None,
        Query(
            alias="filter-crs",
            max_length=128,
            description="The URI of the reference system of places in the filter.",
        ),
    ] = None,
) -> _Condition | None:
    return None if where is None else _Condition(where, language, filter_crs)


async def _named(
    equal: Annotated[dict[str, str], Depends(BY_PROPERTY)],
    contaminant: Annotated[str | None, Query(max_length=64)] = None,
    dataset: Annotated[
        str | None, Query(max_length=64, description="The id of a data set, or its name.")
    ] = None,
    layer: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, str]:
    named = {"contaminant": contaminant, "dataset": dataset, "layer": layer}
    return {name: value for name, value in named.items() if value is not None} | equal


async def _asked(
    box: Annotated[tuple[features.Box | None, str | None], Depends(_box)],
    condition: Annotated[_Condition | None, Depends(_condition)],
    named: Annotated[dict[str, str], Depends(_named)],
    datetime: Annotated[
        str | None,
        Query(
            max_length=128,
            description="A day, a moment, or a period as start/end with .. for an open end; "
            "features that overlap it. What has no date is in no period.",
        ),
    ] = None,
) -> Asked:
    period = None if datetime is None else features.parse_period(datetime)
    return Asked(*box, period, named, condition)


AskedQuery = Annotated[Asked, Depends(_asked)]

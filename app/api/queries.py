"""Which features a request asks for: the same parameters wherever features are read."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from app.api.deps import Boxes
from app.errors import InvalidRequest
from app.services import features
from app.services.features import Collection, Period


@dataclass(frozen=True)
class Asked:
    """What was asked, before the collection is known that it is asked of."""

    boxes: tuple[features.Box, ...]
    period: Period | None
    named: dict[str, str]

    def of(self, collection: Collection) -> features.Query:
        """Return the query; a filter that the collection has not is refused."""
        for name in self.named:
            if name not in collection.filters:
                known = ", ".join(["bbox", "datetime", *collection.filters])
                raise InvalidRequest(
                    f"The collection {collection.id!r} cannot be filtered by {name!r}. "
                    f"There are: {known}.",
                    parameter=name,
                )
        return features.Query(self.boxes, self.period, self.named)


def _asked(
    boxes: Boxes,
    datetime: Annotated[
        str | None,
        Query(
            max_length=128,
            description="A day, a moment, or a period as start/end with .. for an open end; "
            "features that overlap it. What has no date is in no period.",
        ),
    ] = None,
    contaminant: Annotated[str | None, Query(max_length=64)] = None,
    dataset: Annotated[str | None, Query(max_length=64)] = None,
    layer: Annotated[str | None, Query(max_length=64)] = None,
) -> Asked:
    named = {"contaminant": contaminant, "dataset": dataset, "layer": layer}
    return Asked(
        boxes,
        None if datetime is None else features.parse_period(datetime),
        {name: value for name, value in named.items() if value is not None},
    )


AskedQuery = Annotated[Asked, Depends(_asked)]

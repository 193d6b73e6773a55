"""What was asked, of what, and what was found."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.services.hotspots.evidence import Gathered, put_side_by_side
from app.services.hotspots.task import Task
from spatial.hotspots.finding import Found


@dataclass(frozen=True)
class Answer:
    """An order that was answered; evidence stands in the order of the task's parts."""

    task: Task
    gathered: tuple[Gathered, ...]
    found: Found
    request_sha256: str

    @property
    def sample_ids(self) -> NDArray[np.int64]:
        """The keys of the samples whose figures stand beside polygons."""
        if self.task.single is None:
            return put_side_by_side(self.gathered).sample_ids
        return self.gathered[0].selection.sample_ids

    @property
    def dataset_ids(self) -> list[int]:
        """The data sets it rests on: the layer is as private as they."""
        return datasets_of(self.task, self.gathered)

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters of the definition, with the threshold where there is one."""
        given = self.task.order.complete()
        if "parcels" in given:
            given["parcels"] = len(given["parcels"])
        part = self.task.single
        if part is None or part.value is None:
            return given
        return given | {"threshold": part.value}


def datasets_of(task: Task, evidence: tuple[Gathered, ...]) -> list[int]:
    """Return the keys of the data sets that an answer rests on, those of a background too."""
    keys: set[int] = set()
    for part, gathered in zip(task.parts, evidence, strict=True):
        keys.update(gathered.selection.dataset_ids)
        if part.threshold is not None:
            keys.update(part.threshold.dataset_ids)
    return sorted(keys)

"""What an order comes to: which evidence, which values, and the hashes that tell it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Contaminant, Surface
from app.errors import Conflict, InvalidRequest, Unprocessable
from app.services.hashing import sha256_of
from app.services.hotspots.evidence import (
    Gathered,
    Source,
    current_state,
    find_source,
    grid_of,
)
from app.services.hotspots.order import HotspotOrder
from app.services.hotspots.threshold import Threshold, resolve_threshold
from app.services.registries import find_contaminant
from spatial.errors import SpatialError
from spatial.mixtures.shared_grid import share_grid


@dataclass(frozen=True)
class Part:
    """What was resolved of one contaminant."""

    order: HotspotOrder
    source: Source
    threshold: Threshold | None

    @property
    def value(self) -> float | None:
        """The concentration it is held against."""
        return None if self.threshold is None else self.threshold.value

    @property
    def guideline_id(self) -> str | None:
        """The guideline value's id, where it is one."""
        return None if self.threshold is None else self.threshold.guideline_id

    def asked_of(self, inputs_sha256: str) -> dict[str, Any]:
        """Return which evidence, told by its hash, is held against which value."""
        asked, surface, threshold = self.order.asked(), self.source.surface, self.threshold
        return {
            "contaminant": self.source.contaminant.code,
            "samples": None if surface is not None else asked["samples"],
            "surface": None if surface is None else surface.uid.hex,
            "inputs": inputs_sha256,
            "guideline": self.guideline_id,
            "chosen_for": None if threshold is None else threshold.asked,
            "threshold": self.value,
            "extraction_note": asked["extraction_note"],
        }


@dataclass(frozen=True)
class Task:
    """What was resolved of an order: one part, or one for each of several contaminants."""

    order: HotspotOrder
    parts: tuple[Part, ...]

    @property
    def single(self) -> Part | None:
        """The only part; None of an order of several contaminants."""
        return None if self.order.takes_several else self.parts[0]

    @property
    def order_sha256(self) -> str:
        """What was asked alone; layers of one order supersede each other."""
        codes = [part.source.contaminant.code for part in self.parts]
        asked = self.order.asked()
        if self.single is not None:
            return sha256_of(asked | {"contaminant": codes[0]})
        named = zip(asked["contaminants"], codes, strict=True)
        return sha256_of(
            asked | {"contaminants": [one | {"contaminant": code} for one, code in named]}
        )

    @property
    def data_state(self) -> str:
        """What was asked, of which state of the data: a layer that has it is found unread."""
        return self._asked_of([part.source.data_state for part in self.parts])

    def request_sha256(self, gathered: tuple[Gathered, ...]) -> str:
        """What was asked, of which evidence."""
        return self._asked_of([evidence.inputs_sha256 for evidence in gathered])

    def _asked_of(self, inputs: list[str]) -> str:
        order = self.order.asked()
        told = {name: order[name] for name in ("definition", "parameters", "least_area_m2")}
        parts = [part.asked_of(one) for part, one in zip(self.parts, inputs, strict=True)]
        return sha256_of(told | (parts[0] if self.single is not None else {"parts": parts}))


def resolve(session: Session, order: HotspotOrder) -> Task:
    """Return what an order comes to.

    Raises
    ------
    NotFound, InvalidRequest, Unprocessable
        No surface, no value, or surfaces that do not go together; each with what would help.
    """
    orders = order.parts()
    contaminants = [find_contaminant(session, one.contaminant) for one in orders]
    _refuse_repeated(contaminants)
    found: dict[int, Part] = {}
    # A surface that was named says on which cells the others are to lie, else the first one.
    for index in sorted(range(len(orders)), key=lambda i: orders[i].surface is None):
        like = next((part.source.surface for part in found.values()), None)
        contaminant = contaminants[index]
        with _told_of(contaminant, is_one_of_several=order.takes_several):
            found[index] = _resolve_part(session, orders[index], contaminant, like)
    task = Task(order, tuple(found[index] for index in range(len(orders))))
    if order.takes_several:
        _check_cells(task)
    return task


def _resolve_part(
    session: Session, order: HotspotOrder, contaminant: Contaminant, like: Surface | None
) -> Part:
    source = find_source(session, order, contaminant, like)
    threshold = None
    if order.entry.takes_threshold and source.surface is not None:
        threshold = resolve_threshold(session, order, source.surface)
    return Part(order, source, threshold)


@contextmanager
def _told_of(contaminant: Contaminant, *, is_one_of_several: bool) -> Iterator[None]:
    """Say of which of several contaminants something cannot be done."""
    try:
        yield
    except Unprocessable as error:
        if not is_one_of_several:
            raise
        message = f"{contaminant.name_en}: {error.message}"
        raise Unprocessable(message, **error.details) from error


def _refuse_repeated(contaminants: list[Contaminant]) -> None:
    codes = [contaminant.code for contaminant in contaminants]
    repeated = sorted({code for code in codes if codes.count(code) > 1})
    if repeated:
        raise InvalidRequest(
            f"{repeated[0]} is named twice: state each contaminant once.", parameter="contaminants"
        )


def _check_cells(task: Task) -> None:
    surfaces = {part.source.contaminant.name_en: part.source.surface for part in task.parts}
    try:
        share_grid({name: grid_of(one) for name, one in surfaces.items() if one is not None})
    except SpatialError as error:
        raise Unprocessable(str(error)) from error


def superseded(session: Session, task: Task) -> set[int]:
    """Return the keys of the task's surfaces that others supersede: those were asked for by id."""
    keys = [part.source.surface.id for part in task.parts if part.source.surface is not None]
    found = session.scalars(select(Surface.supersedes_id).where(Surface.supersedes_id.in_(keys)))
    return {key for key in found if key is not None}


def check_still_true(session: Session, task: Task, before: set[int]) -> None:
    """Refuse to publish what is no longer so; `before` are surfaces `superseded` at the start.

    Raises
    ------
    Conflict
        A surface was built again, or results changed, meanwhile.
    """
    if superseded(session, task) - before:
        raise Conflict(
            "The surface was built again while hotspots were searched on it. Ask again, and "
            "the new one is taken."
        )
    if not is_of_now(session, task):
        raise Conflict(
            "Results were added or taken back while hotspots were searched. Build the surface "
            "again where there is one, then ask again."
        )


def is_of_now(session: Session, task: Task) -> bool:
    """Say whether the data are in the state that a task was resolved in."""
    sources = [part.source for part in task.parts]
    return all(current_state(session, source) == source.data_state for source in sources)

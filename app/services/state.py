"""What everybody may see at one moment, as a hash: what is kept lies under that of its moment."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, cast, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.db import ids
from app.db.models import (
    Contaminant,
    Dataset,
    GuidelineValue,
    HotspotLayer,
    Import,
    Member,
    OwnFramework,
    SourceType,
)
from app.services.hashing import sha256_of
from app.services.tile_cache import tile_key
from app.services.visibility import is_among, visible_datasets, visible_within


class ShownDataset(NamedTuple):
    """A data set that everybody may see, and what changes when any of its rows does."""

    id: int
    public_id: str
    version: str


@dataclass(frozen=True)
class Shown:
    """What everybody may see at one moment."""

    state: str
    datasets: tuple[ShownDataset, ...]


def state_key(state: str, asked: str) -> str:
    """Return the name under which the answer to what was asked is kept in a state."""
    return tile_key("shown", state, asked)


def state_of(session: Session) -> str:
    """Return the hash of everything on which it depends what is shown (`shown_of`)."""
    return shown_of(session).state


def shown_of(session: Session) -> Shown:
    """Return what is shown.

    The same state is the same hash, also when it returns after another one: so what is kept under
    one must have been read in it. Who reads does so in one snapshot (`hold_still` in
    `app.db.session`), and asks in that. The version of a data set is such a hash of it alone.
    """
    visible = sorted(visible_datasets(session))
    imports: dict[int, list[Any]] = {}
    for key, *row in session.execute(
        select(
            Import.dataset_id,
            Import.kind,
            Import.status,
            func.count(),
            func.max(Import.id),
            cast(func.max(Import.undone_at), Text),
        )
        .where(Import.dataset_id.in_(visible), Import.status.in_(("loaded", "undone")))
        .group_by(Import.dataset_id, Import.kind, Import.status)
        .order_by(Import.dataset_id, Import.kind, Import.status)
    ):
        imports.setdefault(key, []).append(row)
    datasets = tuple(
        ShownDataset(key, ids.show("dataset", uid), sha256_of([str(uid), imports.get(key)]))
        for key, uid in session.execute(
            select(Dataset.id, Dataset.uid).where(Dataset.id.in_(visible)).order_by(Dataset.id)
        )
    )
    layers = session.execute(select(func.count(), func.max(HotspotLayer.id))).one()
    members = session.execute(
        select(
            Member.status,
            func.count(),
            func.max(Member.id),
            # One may take another's place: as many, and no newer one.
            cast(func.max(Member.decided_at), Text),
        )
        .group_by(Member.status)
        .order_by(Member.status)
    )
    own = session.execute(
        select(OwnFramework.framework, OwnFramework.visibility, OwnFramework.version).order_by(
            OwnFramework.framework
        )
    )
    told = ([list(row) for row in rows] for rows in ([layers], members, own))
    return Shown(sha256_of([datasets, *told]), datasets)


def state_within() -> ColumnElement[str]:
    """Return the hash of all that pages of features depend on, as a part of a statement.

    It is of the same moment as whatever else the statement reads. Registries, whose words features
    repeat, are among it.
    """
    visible = is_among(Import.dataset_id, visible_within())
    held = Import.status.in_(("loaded", "undone"))
    imports = _grouped(
        [Import.dataset_id, Import.kind, Import.status],
        [func.count(), func.max(Import.id), func.max(Import.undone_at)],
        visible & held,
    )
    layers = select(func.concat_ws(",", func.count(), func.max(HotspotLayer.id)))
    members = _grouped(
        [Member.status], [func.count(), func.max(Member.id), func.max(Member.decided_at)], true()
    )
    parts = [
        _rows(Dataset, are_public=True),
        imports,
        layers.scalar_subquery(),
        members,
        *(_rows(model) for model in (OwnFramework, Contaminant, SourceType, GuidelineValue)),
    ]
    # A part without rows must not let the next one take its place.
    return func.md5(func.concat_ws("|", *(func.coalesce(part, "") for part in parts)))


def _grouped(by: list[Any], told: list[Any], which: ColumnElement[bool]) -> Any:
    """Return what is told of groups of rows, as text."""
    row = func.concat_ws(",", *by, *(func.coalesce(cast(one, Text), "") for one in told))
    groups = select(row.label("told")).where(which).group_by(*by).subquery()
    listed: Any = aggregate_order_by(literal_column("';'"), groups.c.told)
    return select(func.string_agg(groups.c.told, listed)).scalar_subquery()


def _rows(model: Any, *, are_public: bool = False) -> Any:
    """Return the hash of whole rows of a small table, all or the public ones."""
    one = aliased(model, name="one")
    rows = select(cast(literal_column("one"), Text).label("told")).select_from(one)
    if are_public:
        rows = rows.where(one.visibility == "public")
    told = rows.subquery()
    listed: Any = aggregate_order_by(literal_column("';'"), told.c.told)
    return func.md5(select(func.string_agg(told.c.told, listed)).scalar_subquery())

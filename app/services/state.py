"""What everybody may see at one moment, as a hash: what is kept lies under that of its moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
)
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
from app.db.reading import Readers
from app.services.hashing import sha256_of
from app.services.tile_cache import tile_key
from app.services.visibility import is_among, visible_within

_SAME = "SELECT pg_current_snapshot()::text = $1::text"


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
    # Which transactions were seen: in the eyes of whoever sees the same, nothing has changed.
    snapshot: str
    # The same moment's `samples_within`, where it was asked too.
    of_samples: str | None = None


def state_key(state: str, asked: str) -> str:
    """Return the name under which the answer to what was asked is kept in a state."""
    return tile_key("shown", state, asked)


def state_of(session: Session) -> str:
    """Return the hash of everything on which it depends what is shown.

    The same state is the same hash, also when it returns after another one: so what is kept under
    one must have been read in it. Who reads does so in one snapshot (`hold_still` in
    `app.db.session`) or in one statement, and asks in that.
    """
    return shown_of(session).state


def shown_of(session: Session) -> Shown:
    """Return what is shown: the same hash, and one of each data set alone."""
    return shown_from(session.execute(shown_statement()).one())


def shown_from(row: Sequence[Any]) -> Shown:
    """Return what is shown, from the row of its statement (JSON as the driver gives it, read)."""
    state, datasets, snapshot, *of_samples = row
    return Shown(
        state,
        tuple(
            ShownDataset(key, ids.show("dataset", UUID(uid)), sha256_of([uid, imports]))
            for key, uid, imports in datasets or ()
        ),
        snapshot,
        *of_samples,
    )


@cache
def shown_statement() -> Select[Any]:
    """Return the statement of what is shown."""
    return select(
        state_now().label("state"), _datasets().label("datasets"), snapshot_now().label("snapshot")
    )


def changed_state(snapshot: Any) -> Any:
    """Return the state as a part of a statement, NULL where it is that of a snapshot.

    To look at transactions takes a hundredth of what it takes to tell the state. Others may have
    written what is not shown, or nothing: then the state is told, and is the same.
    """
    return case((snapshot_now() == snapshot, null()), else_=state_now())


async def is_unchanged(readers: Readers, snapshot: str) -> bool:
    """Whether no transaction has ended since a snapshot: then all is as it was in that.

    It takes a thousandth of what it takes to tell what is shown, which everybody else would wait
    for where cores are few.
    """
    return bool((await readers.row(_SAME, snapshot))[0])


def snapshot_now() -> Any:
    """Return as a part of a statement which transactions it sees."""
    return cast(func.pg_current_snapshot(), Text)


def state_now() -> Any:
    """Return the state as a part of a statement, whose moment it is of.

    Pages of features and files depend on more, which `state_within` tells.
    """
    told = (_datasets(), _layers(), _members(), _frameworks(), _types())
    # One after another, each at its place also where there is none of it.
    texts = [func.coalesce(cast(one, Text), "-") for one in told]
    whole = func.convert_to(func.concat_ws("|", *texts), "UTF8", type_=LargeBinary)
    return func.encode(func.sha256(whole), literal("hex"))


def _datasets() -> Any:
    """Return key, id and imports of each data set that is shown."""
    status = ("loaded", "undone")
    grouped = (
        select(
            Import.dataset_id,
            Import.kind,
            Import.status,
            func.count().label("number"),
            func.max(Import.id).label("last"),
            # After a dump was restored another import may have the number of a former one.
            func.extract("epoch", func.max(Import.finished_at)).label("finished"),
            func.extract("epoch", func.max(Import.undone_at)).label("undone"),
        )
        .where(is_among(Import.dataset_id, visible_within()), Import.status.in_(status))
        .group_by(Import.dataset_id, Import.kind, Import.status)
        .subquery("grouped")
    )
    kinds = (grouped.c.kind, grouped.c.status)
    numbers = (grouped.c.number, grouped.c.last, grouped.c.finished, grouped.c.undone)
    told = func.json_build_array(*kinds, *numbers)
    imports = (
        select(grouped.c.dataset_id, func.json_agg(aggregate_order_by(told, *kinds)).label("told"))
        .group_by(grouped.c.dataset_id)
        .subquery("imports")
    )
    row = func.json_build_array(Dataset.id, Dataset.uid, imports.c.told)
    return (
        select(func.json_agg(aggregate_order_by(row, Dataset.id)))
        .select_from(Dataset)
        .outerjoin(imports, imports.c.dataset_id == Dataset.id)
        .where(is_among(Dataset.id, visible_within()))
        .scalar_subquery()
    )


def _layers() -> Any:
    return select(func.json_build_array(func.count(), func.max(HotspotLayer.id))).scalar_subquery()


def _members() -> Any:
    grouped = (
        select(
            Member.status,
            func.count().label("number"),
            func.max(Member.id).label("last"),
            # One may take another's place: as many, and no newer one.
            func.extract("epoch", func.max(Member.decided_at)).label("decided"),
        )
        .group_by(Member.status)
        .subquery("statuses")
    )
    told = func.json_build_array(*grouped.c)
    return select(func.json_agg(aggregate_order_by(told, grouped.c.status))).scalar_subquery()


def _frameworks() -> Any:
    own = (OwnFramework.framework, OwnFramework.visibility, OwnFramework.version)
    told = func.json_build_array(*own)
    return select(func.json_agg(aggregate_order_by(told, OwnFramework.framework))).scalar_subquery()


def _types() -> Any:
    """Return how types of sources are named in tiles, which tell no more of their registry."""
    # Between them what no name has; JSON takes twice as long.
    named = SourceType.code + "\x1f" + SourceType.name_en
    listed: Any = aggregate_order_by(literal("\x1e"), SourceType.code)
    return select(func.string_agg(named, listed)).scalar_subquery()


def state_within() -> ColumnElement[str]:
    """Return the hash of all that pages of features and files depend on, as a part of a statement.

    It is of the same moment as whatever else the statement reads. Registries, whose words features
    repeat, are among it.
    """
    layers = select(func.concat_ws(",", func.count(), func.max(HotspotLayer.id)))
    members = _grouped(
        [Member.status], [func.count(), func.max(Member.id), func.max(Member.decided_at)], true()
    )
    registries = (_rows(model) for model in (OwnFramework, SourceType, GuidelineValue))
    return _hashed([*_of_samples(), layers.scalar_subquery(), members, *registries])


def samples_within() -> ColumnElement[str]:
    """Return the hash of all that samples and their results depend on, as `state_within`.

    Surfaces, layers and members come and go more often, and do not change it.
    """
    return _hashed(_of_samples())


def _of_samples() -> list[Any]:
    visible = is_among(Import.dataset_id, visible_within())
    held = Import.status.in_(("loaded", "undone"))
    imports = _grouped(
        [Import.dataset_id, Import.kind, Import.status],
        [
            func.count(),
            func.max(Import.id),
            func.max(Import.finished_at),
            func.max(Import.undone_at),
        ],
        visible & held,
    )
    return [_rows(Dataset, are_public=True), imports, _rows(Contaminant)]


def _hashed(parts: list[Any]) -> ColumnElement[str]:
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
    # By their bytes: the order of people's alphabets takes several times as long as the hash.
    listed: Any = aggregate_order_by(literal_column("';'"), told.c.told.collate("C"))
    return func.md5(select(func.string_agg(told.c.told, listed)).scalar_subquery())

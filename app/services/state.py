"""What everybody may see at one moment, as a hash: what is kept lies under that of its moment."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Dataset, HotspotLayer, Import, Member, OwnFramework
from app.services.hashing import sha256_of
from app.services.tile_cache import tile_key
from app.services.visibility import visible_datasets


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

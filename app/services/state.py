"""What everybody may see at one moment, as a hash: what is kept lies under that of its moment."""

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.db.models import HotspotLayer, Import, Member, OwnFramework
from app.services.hashing import sha256_of
from app.services.tile_cache import tile_key
from app.services.visibility import visible_datasets


def state_key(state: str, asked: str) -> str:
    """Return the name under which the answer to what was asked is kept in a state."""
    return tile_key("shown", state, asked)


def state_of(session: Session) -> str:
    """Return the hash of everything on which it depends what is shown.

    The same state is the same hash, also when it returns after another one: so what is kept under
    one must have been read in it. Who reads does so in one snapshot (`hold_still` in
    `app.db.session`), and asks in that.
    """
    visible = sorted(visible_datasets(session))
    imports = session.execute(
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
    return sha256_of(
        [visible, *([list(row) for row in rows] for rows in (imports, [layers], members, own))]
    )

"""What every feature says of the data set it comes from."""

from typing import Any

from sqlalchemy import Text, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db import ids
from app.db.models import Dataset
from app.errors import NotFound
from app.services.features.shared import Shared
from app.services.visibility import visible_datasets


def public_id(kind: str, uid: Any) -> Any:
    """Return the id shown outside, as an SQL expression."""
    # A third of what it takes to write the UUID with its dashes and to take them out again.
    prefix: Any = literal_column(f"'{ids.PREFIXES[kind]}_'", Text)
    return prefix.concat(hexadecimal(uid))


def hexadecimal(uid: Any) -> Any:
    """Return a UUID's digits without dashes, as an SQL expression."""
    return func.encode(func.uuid_send(uid), "hex", type_=Text)


def dataset_properties(dataset_id: InstrumentedAttribute[int]) -> dict[str, Any]:
    """Return the data set's id and title."""
    shown = select(public_id("dataset", Dataset.uid)).where(Dataset.id == dataset_id)
    title = select(Dataset.title).where(Dataset.id == dataset_id)
    return {"dataset": shown.scalar_subquery(), "dataset_title": title.scalar_subquery()}


def shared_by_dataset(dataset_id: InstrumentedAttribute[int]) -> Shared:
    """Return what `dataset_properties` tells, as what follows from the key of the data set."""
    return Shared(dataset_id, tuple(dataset_properties(dataset_id)))


def find_dataset(session: Session, text: str) -> int:
    """Return the key of a data set that the caller may see.

    Raises
    ------
    NotFound
        Unknown, or hidden: the answer is the same.
    """
    uid = ids.parse("dataset", text)
    key = session.scalar(
        select(Dataset.id).where(Dataset.uid == uid, Dataset.id.in_(visible_datasets(session)))
    )
    if key is None:
        raise _unknown(text)
    return key


def dataset_id(session: Session, text: str) -> str:
    """Return the public id of a data set that the caller may see, from that or from its name.

    Raises
    ------
    NotFound
        Unknown, or hidden: the answer is the same.
    """
    if ids.parse("dataset", text) is not None:
        return text
    uid = session.scalar(
        select(Dataset.uid).where(Dataset.name == text, Dataset.id.in_(visible_datasets(session)))
    )
    if uid is None:
        raise _unknown(text)
    return ids.show("dataset", uid)


def _unknown(text: str) -> NotFound:
    return NotFound(
        f"There is no data set {text[:80]!r}. GET /api/datasets lists their ids and names.",
        parameter="dataset",
    )

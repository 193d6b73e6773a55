"""Data sets: made by the first import that names them, listed for everyone who may see them."""

import re
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Dataset, Sample, Source
from app.errors import InvalidRequest
from app.services.visibility import visible_datasets

# Becomes part of addresses and commands, never of a path.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
VISIBILITIES = ("public", "members", "private")


@dataclass(frozen=True)
class DatasetTerms:
    """What its owner says of a data set; None where nothing was said."""

    title: str | None = None
    owner: str | None = None
    licence: str | None = None
    citation: str | None = None
    source_url: str | None = None
    note: str | None = None
    visibility: str | None = None


def check_name(name: str) -> None:
    """Refuse what cannot name a data set.

    Raises
    ------
    InvalidRequest
        With an example of one that can.
    """
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            "A data set's name has 1 to 63 small letters, digits, '-' or '_', and starts with a "
            "letter or digit, for example 'meuse-1990'.",
            parameter="dataset",
        )


def check_terms(terms: DatasetTerms) -> None:
    """Refuse a visibility that is not one of ours.

    Raises
    ------
    InvalidRequest
        With those there are.
    """
    if terms.visibility is not None and terms.visibility not in VISIBILITIES:
        raise InvalidRequest(
            f"visibility is one of {', '.join(VISIBILITIES)}.", parameter="visibility"
        )


def ensure(session: Session, name: str) -> Dataset:
    """Return the data set of that name; a new one is private until its owner's terms are applied.

    Raises
    ------
    InvalidRequest
        Where the name is not one we take.
    """
    check_name(name)
    dataset = session.scalar(select(Dataset).where(Dataset.name == name))
    if dataset is None:
        dataset = Dataset(name=name, title=name)
        session.add(dataset)
        session.flush()
        session.refresh(dataset)
    return dataset


def apply_terms(dataset: Dataset, terms: DatasetTerms) -> None:
    """Bring a data set up to date with what its owner said; what was not said stays."""
    said = {key: value for key, value in asdict(terms).items() if value is not None}
    for key, value in said.items():
        if getattr(dataset, key) != value:
            setattr(dataset, key, value)


@dataclass(frozen=True)
class ListedDataset:
    """A data set and how much is in it."""

    dataset: Dataset
    sample_count: int
    source_count: int


def list_visible(session: Session) -> list[ListedDataset]:
    """Return the data sets the caller may see."""
    samples = (
        select(func.count())
        .select_from(Sample)
        .where(Sample.dataset_id == Dataset.id)
        .scalar_subquery()
    )
    sources = (
        select(func.count())
        .select_from(Source)
        .where(Source.dataset_id == Dataset.id, Source.superseded_at.is_(None))
        .scalar_subquery()
    )
    statement = (
        select(Dataset, samples, sources)
        .where(Dataset.id.in_(visible_datasets(session)))
        .order_by(Dataset.name)
    )
    return [ListedDataset(*row) for row in session.execute(statement)]

"""Contributions and the files they came in."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import SCHEMA, Base, CreatedAt, Key, PublicId, one_of


class Dataset(Base):
    """One owner's contribution and the terms it comes with."""

    __tablename__ = "dataset"
    __table_args__ = (
        one_of("visibility", "public", "members", "private"),
        one_of("coordinate_disclosure", "exact", "grid"),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    owner: Mapped[str | None]
    licence: Mapped[str | None]
    citation: Mapped[str | None]
    source_url: Mapped[str | None]
    note: Mapped[str | None]
    visibility: Mapped[str] = mapped_column(server_default="private")
    coordinate_disclosure: Mapped[str] = mapped_column(server_default="exact")
    created_at: Mapped[CreatedAt]


class Import(Base):
    """One file on its way in, and what became of its rows."""

    __tablename__ = "import"
    __table_args__ = (
        one_of("kind", "samples", "sources", "aggregates", "boundaries"),
        one_of("status", "waiting", "reading", "previewed", "loaded", "refused", "undone"),
        Index(None, "dataset_id"),
        Index(None, "sha256"),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    dataset_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.dataset.id", ondelete="RESTRICT")
    )
    kind: Mapped[str]
    filename: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # What the owner said of the data set; holds from the moment that the rows are there.
    terms: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(server_default="waiting")
    rows_read: Mapped[int | None]
    rows_loaded: Mapped[int | None]
    rows_unchanged: Mapped[int | None]
    rows_quarantined: Mapped[int | None]
    rows_skipped: Mapped[int | None]
    # What would be read, as the file and its options say it; null until somebody asked.
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class QuarantinedRow(Base):
    """A row that could not be loaded, as it stood in the file, with the reasons."""

    __tablename__ = "quarantined_row"

    import_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.import.id", ondelete="CASCADE"), primary_key=True
    )
    row_number: Mapped[int] = mapped_column(Integer, primary_key=True)
    cells: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    reasons: Mapped[list[Any]] = mapped_column(JSONB)

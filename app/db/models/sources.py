"""Potential sources of pollution."""

import uuid
from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import SCHEMA, Base, HilbertKey, Key, within_the_globe


class Source(Base):
    """A potential source: what it is, where, how exactly placed, and who says so.

    Superseded by a newer one, never updated.
    """

    __tablename__ = "source"
    __table_args__ = (
        within_the_globe("geom"),
        CheckConstraint("NOT ST_IsEmpty(geom)", name="geom_not_empty"),
        CheckConstraint(
            "positional_accuracy_m > 0 AND positional_accuracy_m < 'Infinity'",
            name="accuracy_positive",
        ),
        CheckConstraint("operating_to >= operating_from", name="operating_order"),
        # One current source of a name; earlier ones share its id for the outside.
        Index(
            "uq_source_current",
            "dataset_id",
            "natural_key",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_source_uid_current",
            "uid",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_source_geom", "geom", postgresql_using="gist"),
        Index(None, "hilbert", "id"),
    )

    id: Mapped[Key]
    uid: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    dataset_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.dataset.id"))
    natural_key: Mapped[str]
    name: Mapped[str]
    source_type: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.source_type.code"))
    geom: Mapped[str] = mapped_column(
        Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False
    )
    original_easting: Mapped[str]
    original_northing: Mapped[str]
    original_epsg: Mapped[int] = mapped_column(Integer)
    positional_accuracy_m: Mapped[float | None] = mapped_column(Double)
    position_source: Mapped[str | None]
    contaminants: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    operating_from: Mapped[int | None] = mapped_column(Integer)
    operating_to: Mapped[int | None] = mapped_column(Integer)
    citation: Mapped[str | None]
    source_url: Mapped[str | None]
    # A list of contaminant, year, medium and kg, as a register reports them.
    releases: Mapped[list[Any] | None] = mapped_column(JSONB)
    hilbert: Mapped[HilbertKey]
    import_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.import.id"), index=True
    )
    row_number: Mapped[int] = mapped_column(Integer)
    supersedes_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.source.id"), index=True
    )
    superseded_at: Mapped[datetime | None]

"""Areas by which layers are summarised."""

import uuid
from datetime import datetime

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import SCHEMA, Base, HilbertKey, Key, within_the_globe


class Boundary(Base):
    """One area of a boundary layer: the layer is its data set.

    Superseded by a newer one, never updated.
    """

    __tablename__ = "boundary"
    __table_args__ = (
        within_the_globe("geom"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom_valid"),
        Index(
            "uq_boundary_current",
            "dataset_id",
            "natural_key",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_boundary_uid_current",
            "uid",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_boundary_geom", "geom", postgresql_using="gist"),
        Index(None, "hilbert", "id"),
    )

    id: Mapped[Key]
    uid: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    dataset_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.dataset.id"))
    natural_key: Mapped[str]
    area_code: Mapped[str | None]
    area_name: Mapped[str | None]
    geom: Mapped[str] = mapped_column(
        Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=False
    )
    hilbert: Mapped[HilbertKey]
    import_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.import.id"), index=True
    )
    row_number: Mapped[int] = mapped_column(Integer)
    supersedes_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.boundary.id"), index=True
    )
    superseded_at: Mapped[datetime | None]

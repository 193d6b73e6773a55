"""Predictive distributions over a grid, with their model cards."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import SCHEMA, Base, CreatedAt, Key, PublicId, one_of


class Surface(Base):
    """One contaminant's surface for one selection; its arrays lie in a COG named by its id."""

    __tablename__ = "surface"
    __table_args__ = (
        one_of("family", "gaussian", "thresholds", "realisations", "none"),
        CheckConstraint("cell_size > 0 AND columns > 0 AND rows > 0", name="grid_positive"),
        Index(None, "contaminant", "created_at"),
        Index(None, "request_sha256"),
        Index(None, "order_sha256"),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    contaminant: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.contaminant.code"))
    family: Mapped[str]
    method: Mapped[str]
    unit: Mapped[str]
    epsg: Mapped[int] = mapped_column(Integer)
    west: Mapped[float] = mapped_column(Double)
    north: Mapped[float] = mapped_column(Double)
    cell_size: Mapped[float] = mapped_column(Double)
    columns: Mapped[int] = mapped_column(Integer)
    rows: Mapped[int] = mapped_column(Integer)
    bands: Mapped[list[str]]
    value_low: Mapped[float | None] = mapped_column(Double)
    value_high: Mapped[float | None] = mapped_column(Double)
    # Only the database works with it.
    footprint: Mapped[str] = mapped_column(
        Geometry("POLYGON", srid=4326, spatial_index=False), nullable=False, deferred=True
    )
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # What was asked, of which results: the same request on the same inputs, of the same data sets,
    # finds this surface.
    request_sha256: Mapped[str]
    # What was asked alone: a newer surface of the same order supersedes this one.
    order_sha256: Mapped[str]
    array_sha256: Mapped[str]
    supersedes_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.surface.id"), unique=True
    )
    created_at: Mapped[CreatedAt]


class SurfaceDataset(Base):
    """The data sets a surface was built from."""

    __tablename__ = "surface_dataset"

    surface_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.surface.id", ondelete="CASCADE"), primary_key=True
    )
    dataset_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.dataset.id"), primary_key=True, index=True
    )

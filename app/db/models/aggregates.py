"""What a district may say without coordinates."""

import uuid
from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import SCHEMA, Base, HilbertKey, Key, within_the_globe


def _number() -> Mapped[float | None]:
    return mapped_column(Double)


class Aggregate(Base):
    """Counts, quantiles and shares of one contaminant in one area; never turned into points.

    Superseded by a newer one, never updated.
    """

    __tablename__ = "aggregate"
    __table_args__ = (
        CheckConstraint("area_code IS NOT NULL OR geom IS NOT NULL", name="somewhere"),
        within_the_globe("geom"),
        CheckConstraint("n_nondetect <= n AND n >= 0", name="counts"),
        CheckConstraint(
            "share_above BETWEEN 0 AND 1 AND share_lower <= share_above "
            "AND share_above <= share_upper",
            name="shares",
        ),
        Index(
            "uq_aggregate_current",
            "dataset_id",
            "natural_key",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_aggregate_uid_current",
            "uid",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_aggregate_geom", "geom", postgresql_using="gist"),
        Index(None, "hilbert", "id"),
    )

    id: Mapped[Key]
    uid: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    dataset_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.dataset.id"))
    natural_key: Mapped[str]
    area_code: Mapped[str | None]
    area_name: Mapped[str | None]
    geom: Mapped[str | None] = mapped_column(Geometry("GEOMETRY", srid=4326, spatial_index=False))
    contaminant: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.contaminant.code"))
    n: Mapped[int] = mapped_column(BigInteger)
    n_nondetect: Mapped[int | None] = mapped_column(BigInteger)
    detection_limit: Mapped[float | None] = _number()
    minimum: Mapped[float | None] = _number()
    p05: Mapped[float | None] = _number()
    p10: Mapped[float | None] = _number()
    p25: Mapped[float | None] = _number()
    p50: Mapped[float | None] = _number()
    p75: Mapped[float | None] = _number()
    p90: Mapped[float | None] = _number()
    p95: Mapped[float | None] = _number()
    p99: Mapped[float | None] = _number()
    maximum: Mapped[float | None] = _number()
    mean: Mapped[float | None] = _number()
    threshold: Mapped[float | None] = _number()
    share_above: Mapped[float | None] = _number()
    share_lower: Mapped[float | None] = _number()
    share_upper: Mapped[float | None] = _number()
    unit: Mapped[str]
    basis: Mapped[str]
    extraction: Mapped[str | None]
    fraction: Mapped[str | None]
    depth_upper_cm: Mapped[float | None] = _number()
    depth_lower_cm: Mapped[float | None] = _number()
    sampled_from: Mapped[date | None]
    sampled_to: Mapped[date | None]
    original_unit: Mapped[str]
    conversion_factor: Mapped[float] = mapped_column(Double)
    hilbert: Mapped[HilbertKey]
    import_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.import.id"), index=True
    )
    row_number: Mapped[int] = mapped_column(Integer)
    supersedes_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.aggregate.id"), index=True
    )
    superseded_at: Mapped[datetime | None]

"""Hotspot layers and their polygons."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import (
    SCHEMA,
    Base,
    CreatedAt,
    HilbertKey,
    Key,
    PublicId,
    checked_by_trigger,
    one_of,
    within_the_globe,
)

CONFIDENCES = (
    "undecidable",
    "likely",
    "possible",
    "cannot_be_ruled_out",
    "significant",
    "highest",
)


class HotspotLayer(Base):
    """The answer to one named definition with one set of parameters."""

    __tablename__ = "hotspot_layer"
    __table_args__ = (
        CheckConstraint("threshold > 0 AND threshold < 'Infinity'", name="threshold_positive"),
        Index(None, "contaminant", "created_at"),
        Index(None, "request_sha256"),
        Index(None, "order_sha256"),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    definition: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Layers of several contaminants have none: see `HotspotLayerPart`.
    contaminant: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.contaminant.code"))
    guideline_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.guideline_value.id"))
    # Some definitions say nothing of a concentration, and some look at samples alone.
    threshold: Mapped[float | None] = mapped_column(Double)
    unit: Mapped[str]
    extraction_note: Mapped[str | None]
    surface_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.surface.id"), index=True
    )
    # The plane whose cells the polygons follow.
    epsg: Mapped[int] = mapped_column(Integer)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_sha256: Mapped[str]
    order_sha256: Mapped[str]
    # What was asked, of which imports: while these stay, the same request finds this layer unread.
    data_state: Mapped[str | None]
    supersedes_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.hotspot_layer.id"), unique=True
    )
    created_at: Mapped[CreatedAt]


class HotspotLayerPart(Base):
    """One contaminant of a layer that looks at several, with its surface and its value."""

    __tablename__ = "hotspot_layer_part"
    __table_args__ = (
        CheckConstraint("threshold > 0 AND threshold < 'Infinity'", name="threshold_positive"),
    )

    layer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.hotspot_layer.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    contaminant: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.contaminant.code"), index=True)
    surface_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.surface.id"), index=True
    )
    guideline_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.guideline_value.id"))
    threshold: Mapped[float] = mapped_column(Double)
    unit: Mapped[str]
    extraction_note: Mapped[str | None]


class HotspotLayerDataset(Base):
    """The data sets a layer was built from."""

    __tablename__ = "hotspot_layer_dataset"

    layer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.hotspot_layer.id", ondelete="CASCADE"), primary_key=True
    )
    dataset_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.dataset.id"), primary_key=True, index=True
    )


class Hotspot(Base):
    """One polygon that satisfies the layer's definition, with the evidence for it."""

    __tablename__ = "hotspot"
    __table_args__ = (
        within_the_globe("geom"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom_valid"),
        CheckConstraint("area_m2 > 0", name="area_positive"),
        one_of("confidence", *CONFIDENCES),
        CheckConstraint(
            "quantity_min <= quantity_mean AND quantity_mean <= quantity_max "
            "AND quantity_max < 'Infinity'",
            name="quantities",
        ),
        CheckConstraint(
            "quantity <> 'probability' OR (quantity_min >= 0 AND quantity_max <= 1)",
            name="probabilities",
        ),
        Index("ix_hotspot_geom", "geom", postgresql_using="gist"),
        Index(None, "hilbert", "id"),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    layer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.hotspot_layer.id", ondelete="CASCADE"), index=True
    )
    geom: Mapped[str] = mapped_column(
        Geometry("POLYGON", srid=4326, spatial_index=False), nullable=False
    )
    contaminants: Mapped[list[str]]
    confidence: Mapped[str]
    reason_code: Mapped[str]
    reason: Mapped[str]
    area_m2: Mapped[float] = mapped_column(Double)
    cell_count: Mapped[int] = mapped_column(Integer)
    sample_count: Mapped[int] = mapped_column(Integer)
    place_count: Mapped[int] = mapped_column(Integer)
    censored_count: Mapped[int] = mapped_column(Integer)
    # Below a limit above the threshold: they cannot say whether it is exceeded.
    undecidable_count: Mapped[int] = mapped_column(Integer)
    max_value: Mapped[float | None] = mapped_column(Double)
    max_sample_id: Mapped[int | None] = mapped_column(BigInteger, checked_by_trigger("sample.id"))
    mean_value: Mapped[float | None] = mapped_column(Double)
    # What the definition looks at, over the polygon's cells; null where no cell has it.
    quantity: Mapped[str]
    quantity_min: Mapped[float | None] = mapped_column(Double)
    quantity_mean: Mapped[float | None] = mapped_column(Double)
    quantity_max: Mapped[float | None] = mapped_column(Double)
    # Districts that it touches, of those that were public when it was found.
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default=text("'{}'"))
    # Of several contaminants: combinations, drivers, and the figures of each.
    mixture: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    hilbert: Mapped[HilbertKey]

"""Where soil was taken, and what a laboratory found in it."""

from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import (
    SCHEMA,
    Base,
    HilbertKey,
    Key,
    PublicId,
    checked_by_trigger,
    is_finite_and_not_negative,
    one_of,
)


class Site(Base):
    """A place that is visited again: its samples share it."""

    __tablename__ = "site"
    __table_args__ = (Index(None, "dataset_id", "code", unique=True),)

    id: Mapped[Key]
    dataset_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.dataset.id"))
    code: Mapped[str]


class Sample(Base):
    """A place, a depth interval and a date or period from which soil was taken."""

    __tablename__ = "sample"
    __table_args__ = (
        # Two calls a row: empty points and NaN are neither in nor out, so not true.
        CheckConstraint(
            "(ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90) IS TRUE",
            name="geom_on_globe",
        ),
        is_finite_and_not_negative("depth_upper_cm"),
        is_finite_and_not_negative("depth_lower_cm"),
        CheckConstraint("depth_lower_cm >= depth_upper_cm", name="depth_order"),
        CheckConstraint(
            "abs(easting) < 'Infinity' AND abs(northing) < 'Infinity'", name="plane_finite"
        ),
        CheckConstraint("sampled_to >= sampled_from", name="period_order"),
        # The natural key: a second import of the same sample finds it again, also where
        # depth or date are unknown.
        Index(
            "uq_sample_natural",
            "dataset_id",
            "natural_place",
            "depth_upper_cm",
            "depth_lower_cm",
            "sampled_from",
            "sampled_to",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_sample_geom", "geom", postgresql_using="gist"),
        # Rows of an import lie together, and few samples have a site.
        Index("ix_sample_import_id", "import_id", postgresql_using="brin"),
        Index("ix_sample_site_id", "site_id", postgresql_where=text("site_id IS NOT NULL")),
        Index(None, "hilbert", "id"),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    dataset_id: Mapped[int] = mapped_column(BigInteger, checked_by_trigger("dataset.id"))
    site_id: Mapped[int | None] = mapped_column(BigInteger, checked_by_trigger("site.id"))
    code: Mapped[str | None]
    natural_place: Mapped[str]
    geom: Mapped[str] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False), nullable=False
    )
    # The numbers as given, in their own system: going through degrees and back costs up to a
    # millimetre, which decides on which side of a cell's edge a sample lies.
    easting: Mapped[float] = mapped_column(Double)
    northing: Mapped[float] = mapped_column(Double)
    original_easting: Mapped[str]
    original_northing: Mapped[str]
    original_epsg: Mapped[int] = mapped_column(Integer)
    depth_upper_cm: Mapped[float | None] = mapped_column(Double)
    depth_lower_cm: Mapped[float | None] = mapped_column(Double)
    sampled_from: Mapped[date | None]
    sampled_to: Mapped[date | None]
    hilbert: Mapped[HilbertKey]
    import_id: Mapped[int] = mapped_column(BigInteger, checked_by_trigger("import.id"))
    row_number: Mapped[int] = mapped_column(Integer)


class Result(Base):
    """One contaminant measured in one sample. Superseded by a newer one, never updated."""

    __tablename__ = "result"
    __table_args__ = (
        is_finite_and_not_negative("value"),
        one_of("censoring", "none", "left", "right"),
        CheckConstraint("(censoring = 'none') = (value IS NOT NULL)", name="value_or_censored"),
        # "Not detected" without a limit is a result too; "above" without a number is not.
        CheckConstraint(
            "censoring <> 'right' OR detection_limit IS NOT NULL", name="right_has_limit"
        ),
        CheckConstraint(
            "detection_limit > 0 AND detection_limit < 'Infinity'", name="limit_positive"
        ),
        one_of("basis", "dry", "wet", "unstated"),
        # One current result per sample, contaminant and way of measuring it.
        Index(
            "uq_result_current",
            "sample_id",
            "contaminant",
            "extraction",
            "fraction",
            "replicate",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "ix_result_contaminant_current",
            "contaminant",
            "sample_id",
            postgresql_where=text("superseded_at IS NULL"),
        ),
        # Rows of an import lie together, and few results supersede another.
        Index("ix_result_import_id", "import_id", postgresql_using="brin"),
        Index(
            "ix_result_supersedes_id",
            "supersedes_id",
            postgresql_where=text("supersedes_id IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    sample_id: Mapped[int] = mapped_column(BigInteger, checked_by_trigger("sample.id"))
    contaminant: Mapped[str] = mapped_column(checked_by_trigger("contaminant.code"))
    value: Mapped[float | None] = mapped_column(Double)
    censoring: Mapped[str]
    detection_limit: Mapped[float | None] = mapped_column(Double)
    limit_kind: Mapped[str | None]
    unit: Mapped[str]
    basis: Mapped[str] = mapped_column(server_default="unstated")
    extraction: Mapped[str | None]
    fraction: Mapped[str | None]
    replicate: Mapped[str | None]
    qualifier: Mapped[str | None]
    method: Mapped[str | None]
    laboratory: Mapped[str | None]
    column_name: Mapped[str]
    original_text: Mapped[str]
    original_unit: Mapped[str]
    conversion_factor: Mapped[float] = mapped_column(Double)
    import_id: Mapped[int] = mapped_column(BigInteger, checked_by_trigger("import.id"))
    row_number: Mapped[int] = mapped_column(Integer)
    supersedes_id: Mapped[int | None] = mapped_column(BigInteger, checked_by_trigger("result.id"))
    superseded_at: Mapped[datetime | None]

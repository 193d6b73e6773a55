"""Where soil was taken, and what a laboratory found in it."""

import uuid
from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import (
    SCHEMA,
    Base,
    HilbertKey,
    Key,
    View,
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
    """A place, a depth interval and a date or period from which soil was taken.

    A large import has a table of its own below this one, all others share `sample_rest`
    (migrations/versions/20261128_own_tables.py). In each of them `uid` is unique, and the natural
    key: data set, natural place, depth and date, also where these are unknown. A second import of
    the same sample finds it again by that key, under the data set's lock.
    """

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
        Index("ix_sample_geom", "geom", postgresql_using="gist"),
        # Rows of an import lie together, and few samples have a site.
        Index("ix_sample_import_id", "import_id", postgresql_using="brin"),
        Index("ix_sample_site_id", "site_id", postgresql_where=text("site_id IS NOT NULL")),
        Index(None, "hilbert", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[Key]
    uid: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    dataset_id: Mapped[int] = mapped_column(BigInteger, checked_by_trigger("dataset.id"))
    site_id: Mapped[int | None] = mapped_column(BigInteger, checked_by_trigger("site.id"))
    code: Mapped[str | None]
    natural_place: Mapped[str]
    # Codes of the repairs that were accepted and changed what the file says of the sample.
    repairs: Mapped[str | None]
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


class Measurand(Base):
    """What is measured: a contaminant, by an extraction, in a fraction. Shared by all data sets."""

    __tablename__ = "measurand"
    __table_args__ = (
        Index(
            "uq_measurand",
            "contaminant",
            "extraction",
            "fraction",
            "replicate",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    contaminant: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.contaminant.code"))
    extraction: Mapped[str | None]
    fraction: Mapped[str | None]
    replicate: Mapped[str | None]


class Manner(Base):
    """How one import tells results: in which unit, by which method, from which column."""

    __tablename__ = "manner"
    __table_args__ = (
        one_of("basis", "dry", "wet", "unstated"),
        CheckConstraint(
            "coverage_factor > 0 AND coverage_factor < 'Infinity'", name="factor_positive"
        ),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    import_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(f"{SCHEMA}.import.id"), index=True
    )
    unit: Mapped[str]
    basis: Mapped[str]
    limit_kind: Mapped[str | None]
    qualifier: Mapped[str | None]
    method: Mapped[str | None]
    laboratory: Mapped[str | None]
    column_name: Mapped[str]
    original_unit: Mapped[str]
    conversion_factor: Mapped[float] = mapped_column(Double)
    # How many standard uncertainties the uncertainty is; null where the file does not say.
    coverage_factor: Mapped[float | None] = mapped_column(Double)
    # Codes of the repairs that were accepted and changed what the file says of the result.
    repairs: Mapped[str | None]


class Measurement(Base):
    """One measurand's number in one sample. Superseded by a newer one, never updated.

    There are many: what several of them share stands beside them, and `Result` shows it all. Those
    of a large import lie in a table of their own, as its samples do.
    """

    __tablename__ = "measurement"
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
        CheckConstraint("num_nonnulls(original_text, value) > 0", name="text_or_value"),
        is_finite_and_not_negative("uncertainty"),
        CheckConstraint("uncertainty IS NULL OR value IS NOT NULL", name="uncertainty_of_value"),
        # One current result per sample and measurand; surfaces ask by contaminant.
        Index(
            "uq_measurement_current",
            "measurand_id",
            "sample_id",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "ix_measurement_supersedes_id",
            "supersedes_id",
            postgresql_where=text("supersedes_id IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (sample_id)"},
    )

    # By sample first: what belongs to a sample is found, and new rows go to the index's end.
    sample_id: Mapped[int] = mapped_column(
        BigInteger, checked_by_trigger("sample.id"), primary_key=True
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    value: Mapped[float | None] = mapped_column(Double)
    detection_limit: Mapped[float | None] = mapped_column(Double)
    # Of the same sample; a trigger checks it.
    supersedes_id: Mapped[int | None] = mapped_column(BigInteger)
    superseded_at: Mapped[datetime | None]
    measurand_id: Mapped[int] = mapped_column(Integer, checked_by_trigger("measurand.id"))
    manner_id: Mapped[int] = mapped_column(Integer, checked_by_trigger("manner.id"))
    row_number: Mapped[int] = mapped_column(Integer)
    censoring: Mapped[str]
    # Null where the value, as the database writes it, is what the file says.
    original_text: Mapped[str | None]
    # As the laboratory gives it, in the unit of the value; `coverage_factor` says what it is.
    uncertainty: Mapped[float | None] = mapped_column(Double)


class Result(View):
    """One contaminant measured in one sample, with all that is known of it. Only to be read."""

    __tablename__ = "result"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sample_id: Mapped[int] = mapped_column(BigInteger)
    contaminant: Mapped[str]
    value: Mapped[float | None] = mapped_column(Double)
    censoring: Mapped[str]
    detection_limit: Mapped[float | None] = mapped_column(Double)
    limit_kind: Mapped[str | None]
    uncertainty: Mapped[float | None] = mapped_column(Double)
    coverage_factor: Mapped[float | None] = mapped_column(Double)
    unit: Mapped[str]
    basis: Mapped[str]
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
    repairs: Mapped[str | None]
    import_id: Mapped[int] = mapped_column(BigInteger)
    row_number: Mapped[int] = mapped_column(Integer)
    supersedes_id: Mapped[int | None] = mapped_column(BigInteger)
    superseded_at: Mapped[datetime | None]

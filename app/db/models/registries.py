"""Registries seeded from `data/reference`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import SCHEMA, Base, CreatedAt, one_of


class Contaminant(Base):
    """A substance or sum, with its names where they are known."""

    __tablename__ = "contaminant"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_fr: Mapped[str | None]
    name_es: Mapped[str | None]
    name_zh: Mapped[str | None]
    name_ru: Mapped[str | None]
    name_ar: Mapped[str | None]
    symbol: Mapped[str | None]
    cas: Mapped[str | None]
    group: Mapped[str | None]
    kind: Mapped[str | None]
    molar_mass_g_mol: Mapped[float | None] = mapped_column(Double)
    default_unit: Mapped[str | None]
    aliases: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    wqx_characteristic: Mapped[str | None]
    glosis_codes: Mapped[str | None]
    ucc_rudnick_gao_mgkg: Mapped[float | None] = mapped_column(Double)
    ucc_wedepohl1995_mgkg: Mapped[float | None] = mapped_column(Double)
    hakanson_tr: Mapped[float | None] = mapped_column(Double)
    hakanson_source: Mapped[str | None]
    iarc_group: Mapped[str | None]
    verified_fields: Mapped[str | None]
    note: Mapped[str | None]


class SourceType(Base):
    """One entry of the taxonomy of potential pollution sources."""

    __tablename__ = "source_type"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_fr: Mapped[str | None]
    name_es: Mapped[str | None]
    name_zh: Mapped[str | None]
    category: Mapped[str | None]
    contaminant_codes: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    influence_distance_note: Mapped[str | None]
    nace_rev2: Mapped[str | None]
    isic_rev4: Mapped[str | None]
    e_prtr_annex_i: Mapped[str | None]
    osm_tags: Mapped[str | None]
    verified: Mapped[bool]


class Unit(Base):
    """A spelling of a unit and its factor to the canonical one."""

    __tablename__ = "unit"

    spelling: Mapped[str] = mapped_column(primary_key=True)
    canonical: Mapped[str | None]
    # A number, or a multiple of the molar mass of the reported species.
    factor_to_canonical: Mapped[str | None]
    basis: Mapped[str | None]
    ambiguous: Mapped[bool]
    note: Mapped[str | None]


class DataFlag(Base):
    """What a qualifier means, which may depend on who wrote it."""

    __tablename__ = "data_flag"

    flag: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    censoring: Mapped[str | None]
    limit_location: Mapped[str | None]
    meaning: Mapped[str | None]
    handling: Mapped[str | None]
    verified: Mapped[bool]


class OwnFramework(Base):
    """A framework of guideline values that a user brought."""

    __tablename__ = "own_framework"
    __table_args__ = (
        one_of("visibility", "public", "private"),
        CheckConstraint(r"framework LIKE 'OWN\_%'", name="own_name"),
    )

    framework: Mapped[str] = mapped_column(primary_key=True)
    visibility: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    loaded_at: Mapped[CreatedAt]
    withdrawn_at: Mapped[datetime | None]


class GuidelineValue(Base):
    """One number of one framework, with its conditions, citation and how far it was checked."""

    __tablename__ = "guideline_value"
    __table_args__ = (
        CheckConstraint("value > 0 AND value < 'Infinity'", name="value_positive"),
        CheckConstraint("value_max IS NULL OR value_max >= value", name="value_range"),
        CheckConstraint("own_framework IS NULL OR own_framework = framework", name="own_name"),
        one_of("verification", "official_text", "transcription", "secondary", "weak", "none"),
        Index(None, "contaminant", "framework"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    framework: Mapped[str]
    country: Mapped[str | None]
    region: Mapped[str | None]
    legal_name: Mapped[str]
    year: Mapped[int | None] = mapped_column(Integer)
    contaminant: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.contaminant.code"))
    land_use: Mapped[str]
    tier: Mapped[str]
    tier_local: Mapped[str | None]
    value: Mapped[float] = mapped_column(Double)
    value_max: Mapped[float | None] = mapped_column(Double)
    unit: Mapped[str]
    basis: Mapped[str | None]
    ph_min: Mapped[float | None] = mapped_column(Double)
    ph_max: Mapped[float | None] = mapped_column(Double)
    crop: Mapped[str | None]
    soil_texture: Mapped[str | None]
    clay_pct: Mapped[str | None]
    om_or_toc_pct: Mapped[str | None]
    depth_cm: Mapped[str | None]
    receptor: Mapped[str | None]
    correction_formula: Mapped[str | None]
    status: Mapped[str | None]
    source_table: Mapped[str | None]
    source_url: Mapped[str | None]
    verified: Mapped[bool]
    verification: Mapped[str]
    checked_in: Mapped[str | None]
    note: Mapped[str | None]
    # A value that has left the registry stays, because layers cite it, but is no longer offered.
    withdrawn_at: Mapped[datetime | None]
    # Null for the registry's own.
    own_framework: Mapped[str | None] = mapped_column(
        ForeignKey(f"{SCHEMA}.own_framework.framework")
    )

"""Registries, data sets, samples, results, sources, surfaces, hotspots, members, imports, jobs.

Revision ID: 20261122_first_schema
Revises:
"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_first_schema"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "contaminant",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=True),
        sa.Column("name_es", sa.Text(), nullable=True),
        sa.Column("name_zh", sa.Text(), nullable=True),
        sa.Column("name_ru", sa.Text(), nullable=True),
        sa.Column("name_ar", sa.Text(), nullable=True),
        sa.Column("symbol", sa.Text(), nullable=True),
        sa.Column("cas", sa.Text(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("molar_mass_g_mol", sa.Double(), nullable=True),
        sa.Column("default_unit", sa.Text(), nullable=True),
        sa.Column(
            "aliases", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("wqx_characteristic", sa.Text(), nullable=True),
        sa.Column("glosis_codes", sa.Text(), nullable=True),
        sa.Column("ucc_rudnick_gao_mgkg", sa.Double(), nullable=True),
        sa.Column("ucc_wedepohl1995_mgkg", sa.Double(), nullable=True),
        sa.Column("hakanson_tr", sa.Double(), nullable=True),
        sa.Column("hakanson_source", sa.Text(), nullable=True),
        sa.Column("iarc_group", sa.Text(), nullable=True),
        sa.Column("verified_fields", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_contaminant")),
        schema="hotspots",
    )
    op.create_table(
        "data_flag",
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("censoring", sa.Text(), nullable=True),
        sa.Column("limit_location", sa.Text(), nullable=True),
        sa.Column("meaning", sa.Text(), nullable=True),
        sa.Column("handling", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("flag", "kind", "source", name=op.f("pk_data_flag")),
        schema="hotspots",
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("citation", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("visibility", sa.Text(), server_default="private", nullable=False),
        sa.Column("coordinate_disclosure", sa.Text(), server_default="exact", nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "coordinate_disclosure IN ('exact', 'grid')",
            name=op.f("ck_dataset_coordinate_disclosure"),
        ),
        sa.CheckConstraint(
            "visibility IN ('public', 'members', 'private')", name=op.f("ck_dataset_visibility")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
        sa.UniqueConstraint("name", name=op.f("uq_dataset_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_dataset_uid")),
        schema="hotspots",
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("progress", sa.Double(), server_default="0", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queue_job_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_job_status"),
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_job_progress")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("uid", name=op.f("uq_job_uid")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_job_queue_job_id"), "job", ["queue_job_id"], unique=False, schema="hotspots"
    )
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            geoalchemy2.types.Geometry(
                geometry_type="POINT", srid=4326, dimension=2, spatial_index=False, nullable=False
            ),
            nullable=False,
        ),
        sa.Column("hilbert", sa.BigInteger(), nullable=False),
        sa.Column(
            "working_groups",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("consented_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'organisation')", name=op.f("ck_member_kind")),
        sa.CheckConstraint(
            "status <> 'approved' OR consented_at IS NOT NULL", name=op.f("ck_member_consent")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected')", name=op.f("ck_member_status")
        ),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("ck_member_geom_within_globe"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("uid", name=op.f("uq_member_uid")),
        schema="hotspots",
    )
    op.create_index(
        "ix_member_geom",
        "member",
        ["geom"],
        unique=False,
        schema="hotspots",
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_member_hilbert_id"), "member", ["hilbert", "id"], unique=False, schema="hotspots"
    )
    op.create_index(
        "uq_member_email_name",
        "member",
        [sa.literal_column("lower(email)"), sa.literal_column("lower(name)")],
        unique=True,
        schema="hotspots",
    )
    op.create_table(
        "source_type",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=True),
        sa.Column("name_es", sa.Text(), nullable=True),
        sa.Column("name_zh", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column(
            "contaminant_codes",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("influence_distance_note", sa.Text(), nullable=True),
        sa.Column("nace_rev2", sa.Text(), nullable=True),
        sa.Column("isic_rev4", sa.Text(), nullable=True),
        sa.Column("e_prtr_annex_i", sa.Text(), nullable=True),
        sa.Column("osm_tags", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_source_type")),
        schema="hotspots",
    )
    op.create_table(
        "unit",
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=True),
        sa.Column("factor_to_canonical", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("spelling", name=op.f("pk_unit")),
        schema="hotspots",
    )
    op.create_table(
        "guideline_value",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("contaminant", sa.Text(), nullable=False),
        sa.Column("land_use", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("tier_local", sa.Text(), nullable=True),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("value_max", sa.Double(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("ph_min", sa.Double(), nullable=True),
        sa.Column("ph_max", sa.Double(), nullable=True),
        sa.Column("crop", sa.Text(), nullable=True),
        sa.Column("soil_texture", sa.Text(), nullable=True),
        sa.Column("clay_pct", sa.Text(), nullable=True),
        sa.Column("om_or_toc_pct", sa.Text(), nullable=True),
        sa.Column("depth_cm", sa.Text(), nullable=True),
        sa.Column("receptor", sa.Text(), nullable=True),
        sa.Column("correction_formula", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("source_table", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("checked_in", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "value > 0 AND value < 'Infinity'", name=op.f("ck_guideline_value_value_positive")
        ),
        sa.CheckConstraint(
            "verification IN ('official_text', 'transcription', 'secondary', 'weak', 'none')",
            name=op.f("ck_guideline_value_verification"),
        ),
        sa.CheckConstraint(
            "value_max IS NULL OR value_max >= value", name=op.f("ck_guideline_value_value_range")
        ),
        sa.ForeignKeyConstraint(
            ["contaminant"],
            ["hotspots.contaminant.code"],
            name=op.f("fk_guideline_value_contaminant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_value")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_guideline_value_contaminant_framework"),
        "guideline_value",
        ["contaminant", "framework"],
        unique=False,
        schema="hotspots",
    )
    op.create_table(
        "import",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "terms",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=True),
        sa.Column("rows_loaded", sa.Integer(), nullable=True),
        sa.Column("rows_unchanged", sa.Integer(), nullable=True),
        sa.Column("rows_quarantined", sa.Integer(), nullable=True),
        sa.Column("rows_skipped", sa.Integer(), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('samples', 'sources')", name=op.f("ck_import_kind")),
        sa.CheckConstraint(
            "status IN ('waiting', 'reading', 'loaded', 'refused')", name=op.f("ck_import_status")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["hotspots.dataset.id"],
            name=op.f("fk_import_dataset_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
        sa.UniqueConstraint("uid", name=op.f("uq_import_uid")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_import_dataset_id"), "import", ["dataset_id"], unique=False, schema="hotspots"
    )
    op.create_index(op.f("ix_import_sha256"), "import", ["sha256"], unique=False, schema="hotspots")
    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["hotspots.dataset.id"], name=op.f("fk_site_dataset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_site_dataset_id_code"),
        "site",
        ["dataset_id", "code"],
        unique=True,
        schema="hotspots",
    )
    op.create_table(
        "surface",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("contaminant", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("epsg", sa.Integer(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("cell_size", sa.Double(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("bands", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("value_low", sa.Double(), nullable=True),
        sa.Column("value_high", sa.Double(), nullable=True),
        sa.Column(
            "footprint",
            geoalchemy2.types.Geometry(
                geometry_type="POLYGON", srid=4326, dimension=2, spatial_index=False, nullable=False
            ),
            nullable=False,
        ),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_sha256", sa.Text(), nullable=False),
        sa.Column("order_sha256", sa.Text(), nullable=False),
        sa.Column("array_sha256", sa.Text(), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "family IN ('gaussian', 'thresholds', 'realisations', 'none')",
            name=op.f("ck_surface_family"),
        ),
        sa.CheckConstraint(
            "cell_size > 0 AND columns > 0 AND rows > 0", name=op.f("ck_surface_grid_positive")
        ),
        sa.ForeignKeyConstraint(
            ["contaminant"], ["hotspots.contaminant.code"], name=op.f("fk_surface_contaminant")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["hotspots.surface.id"], name=op.f("fk_surface_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surface")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_surface_supersedes_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_surface_uid")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_surface_contaminant_created_at"),
        "surface",
        ["contaminant", "created_at"],
        unique=False,
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_surface_order_sha256"),
        "surface",
        ["order_sha256"],
        unique=False,
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_surface_request_sha256"),
        "surface",
        ["request_sha256"],
        unique=True,
        schema="hotspots",
    )
    op.create_table(
        "hotspot_layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("contaminant", sa.Text(), nullable=False),
        sa.Column("guideline_id", sa.Text(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("extraction_note", sa.Text(), nullable=True),
        sa.Column("surface_id", sa.BigInteger(), nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_sha256", sa.Text(), nullable=False),
        sa.Column("order_sha256", sa.Text(), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "threshold > 0 AND threshold < 'Infinity'",
            name=op.f("ck_hotspot_layer_threshold_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["contaminant"],
            ["hotspots.contaminant.code"],
            name=op.f("fk_hotspot_layer_contaminant"),
        ),
        sa.ForeignKeyConstraint(
            ["guideline_id"],
            ["hotspots.guideline_value.id"],
            name=op.f("fk_hotspot_layer_guideline_id"),
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["hotspots.hotspot_layer.id"],
            name=op.f("fk_hotspot_layer_supersedes_id"),
        ),
        sa.ForeignKeyConstraint(
            ["surface_id"], ["hotspots.surface.id"], name=op.f("fk_hotspot_layer_surface_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot_layer")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_hotspot_layer_supersedes_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_hotspot_layer_uid")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_hotspot_layer_contaminant_created_at"),
        "hotspot_layer",
        ["contaminant", "created_at"],
        unique=False,
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_hotspot_layer_order_sha256"),
        "hotspot_layer",
        ["order_sha256"],
        unique=False,
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_hotspot_layer_request_sha256"),
        "hotspot_layer",
        ["request_sha256"],
        unique=True,
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_hotspot_layer_surface_id"),
        "hotspot_layer",
        ["surface_id"],
        unique=False,
        schema="hotspots",
    )
    op.create_table(
        "quarantined_row",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("cells", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["hotspots.import.id"],
            name=op.f("fk_quarantined_row_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "row_number", name=op.f("pk_quarantined_row")),
        schema="hotspots",
    )
    op.create_table(
        "sample",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("natural_place", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            geoalchemy2.types.Geometry(
                geometry_type="POINT", srid=4326, dimension=2, spatial_index=False, nullable=False
            ),
            nullable=False,
        ),
        sa.Column("easting", sa.Double(), nullable=False),
        sa.Column("northing", sa.Double(), nullable=False),
        sa.Column("original_easting", sa.Text(), nullable=False),
        sa.Column("original_northing", sa.Text(), nullable=False),
        sa.Column("original_epsg", sa.Integer(), nullable=False),
        sa.Column("depth_upper_cm", sa.Double(), nullable=True),
        sa.Column("depth_lower_cm", sa.Double(), nullable=True),
        sa.Column("sampled_from", sa.Date(), nullable=True),
        sa.Column("sampled_to", sa.Date(), nullable=True),
        sa.Column("hilbert", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "depth_lower_cm >= 0 AND depth_lower_cm < 'Infinity'",
            name=op.f("ck_sample_depth_lower_cm_finite"),
        ),
        sa.CheckConstraint("depth_lower_cm >= depth_upper_cm", name=op.f("ck_sample_depth_order")),
        sa.CheckConstraint(
            "abs(easting) < 'Infinity' AND abs(northing) < 'Infinity'",
            name=op.f("ck_sample_plane_finite"),
        ),
        sa.CheckConstraint(
            "depth_upper_cm >= 0 AND depth_upper_cm < 'Infinity'",
            name=op.f("ck_sample_depth_upper_cm_finite"),
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_sample_geom_not_empty")),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("ck_sample_geom_within_globe"),
        ),
        sa.CheckConstraint("sampled_to >= sampled_from", name=op.f("ck_sample_period_order")),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["hotspots.dataset.id"], name=op.f("fk_sample_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["hotspots.import.id"], name=op.f("fk_sample_import_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["hotspots.site.id"], name=op.f("fk_sample_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sa.UniqueConstraint("uid", name=op.f("uq_sample_uid")),
        schema="hotspots",
    )
    op.create_index(
        "ix_sample_geom",
        "sample",
        ["geom"],
        unique=False,
        schema="hotspots",
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_sample_hilbert_id"), "sample", ["hilbert", "id"], unique=False, schema="hotspots"
    )
    op.create_index(
        op.f("ix_sample_import_id"), "sample", ["import_id"], unique=False, schema="hotspots"
    )
    op.create_index(
        op.f("ix_sample_site_id"), "sample", ["site_id"], unique=False, schema="hotspots"
    )
    op.create_index(
        "uq_sample_natural",
        "sample",
        [
            "dataset_id",
            "natural_place",
            "depth_upper_cm",
            "depth_lower_cm",
            "sampled_from",
            "sampled_to",
        ],
        unique=True,
        schema="hotspots",
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            geoalchemy2.types.Geometry(srid=4326, dimension=2, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.Column("original_easting", sa.Text(), nullable=False),
        sa.Column("original_northing", sa.Text(), nullable=False),
        sa.Column("original_epsg", sa.Integer(), nullable=False),
        sa.Column("positional_accuracy_m", sa.Double(), nullable=True),
        sa.Column("position_source", sa.Text(), nullable=True),
        sa.Column(
            "contaminants",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("operating_from", sa.Integer(), nullable=True),
        sa.Column("operating_to", sa.Integer(), nullable=True),
        sa.Column("citation", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("hilbert", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "positional_accuracy_m > 0 AND positional_accuracy_m < 'Infinity'",
            name=op.f("ck_source_accuracy_positive"),
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_source_geom_not_empty")),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("ck_source_geom_within_globe"),
        ),
        sa.CheckConstraint(
            "operating_to >= operating_from", name=op.f("ck_source_operating_order")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["hotspots.dataset.id"], name=op.f("fk_source_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["hotspots.import.id"], name=op.f("fk_source_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_type"], ["hotspots.source_type.code"], name=op.f("fk_source_source_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("uid", name=op.f("uq_source_uid")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_source_dataset_id_natural_key"),
        "source",
        ["dataset_id", "natural_key"],
        unique=True,
        schema="hotspots",
    )
    op.create_index(
        "ix_source_geom",
        "source",
        ["geom"],
        unique=False,
        schema="hotspots",
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_source_hilbert_id"), "source", ["hilbert", "id"], unique=False, schema="hotspots"
    )
    op.create_index(
        op.f("ix_source_import_id"), "source", ["import_id"], unique=False, schema="hotspots"
    )
    op.create_table(
        "surface_dataset",
        sa.Column("surface_id", sa.BigInteger(), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["hotspots.dataset.id"], name=op.f("fk_surface_dataset_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["surface_id"],
            ["hotspots.surface.id"],
            name=op.f("fk_surface_dataset_surface_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("surface_id", "dataset_id", name=op.f("pk_surface_dataset")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_surface_dataset_dataset_id"),
        "surface_dataset",
        ["dataset_id"],
        unique=False,
        schema="hotspots",
    )
    op.create_table(
        "hotspot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("layer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "geom",
            geoalchemy2.types.Geometry(
                geometry_type="POLYGON", srid=4326, dimension=2, spatial_index=False, nullable=False
            ),
            nullable=False,
        ),
        sa.Column("contaminants", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("cell_count", sa.Integer(), nullable=False),
        sa.Column("sample_count", sa.Integer(), nullable=False),
        sa.Column("place_count", sa.Integer(), nullable=False),
        sa.Column("censored_count", sa.Integer(), nullable=False),
        sa.Column("max_value", sa.Double(), nullable=True),
        sa.Column("max_sample_id", sa.BigInteger(), nullable=True),
        sa.Column("mean_value", sa.Double(), nullable=True),
        sa.Column("p_min", sa.Double(), nullable=False),
        sa.Column("p_mean", sa.Double(), nullable=False),
        sa.Column("p_max", sa.Double(), nullable=False),
        sa.Column("hilbert", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_hotspot_geom_valid")
        ),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("ck_hotspot_geom_within_globe"),
        ),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_hotspot_area_positive")),
        sa.CheckConstraint(
            "p_min >= 0 AND p_min <= p_mean AND p_mean <= p_max AND p_max <= 1",
            name=op.f("ck_hotspot_probabilities"),
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"],
            ["hotspots.hotspot_layer.id"],
            name=op.f("fk_hotspot_layer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["max_sample_id"], ["hotspots.sample.id"], name=op.f("fk_hotspot_max_sample_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot")),
        sa.UniqueConstraint("uid", name=op.f("uq_hotspot_uid")),
        schema="hotspots",
    )
    op.create_index(
        "ix_hotspot_geom",
        "hotspot",
        ["geom"],
        unique=False,
        schema="hotspots",
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_hotspot_hilbert_id"), "hotspot", ["hilbert", "id"], unique=False, schema="hotspots"
    )
    op.create_index(
        op.f("ix_hotspot_layer_id"), "hotspot", ["layer_id"], unique=False, schema="hotspots"
    )
    op.create_table(
        "hotspot_layer_dataset",
        sa.Column("layer_id", sa.BigInteger(), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["hotspots.dataset.id"],
            name=op.f("fk_hotspot_layer_dataset_dataset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"],
            ["hotspots.hotspot_layer.id"],
            name=op.f("fk_hotspot_layer_dataset_layer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_id", "dataset_id", name=op.f("pk_hotspot_layer_dataset")),
        schema="hotspots",
    )
    op.create_index(
        op.f("ix_hotspot_layer_dataset_dataset_id"),
        "hotspot_layer_dataset",
        ["dataset_id"],
        unique=False,
        schema="hotspots",
    )
    op.create_table(
        "result",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("contaminant", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("censoring", sa.Text(), nullable=False),
        sa.Column("detection_limit", sa.Double(), nullable=True),
        sa.Column("limit_kind", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), server_default="unstated", nullable=False),
        sa.Column("extraction", sa.Text(), nullable=True),
        sa.Column("fraction", sa.Text(), nullable=True),
        sa.Column("replicate", sa.Text(), nullable=True),
        sa.Column("qualifier", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("laboratory", sa.Text(), nullable=True),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("original_text", sa.Text(), nullable=False),
        sa.Column("original_unit", sa.Text(), nullable=False),
        sa.Column("conversion_factor", sa.Double(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(censoring = 'none') = (value IS NOT NULL)", name=op.f("ck_result_value_or_censored")
        ),
        sa.CheckConstraint("basis IN ('dry', 'wet', 'unstated')", name=op.f("ck_result_basis")),
        sa.CheckConstraint(
            "censoring <> 'right' OR detection_limit IS NOT NULL",
            name=op.f("ck_result_right_has_limit"),
        ),
        sa.CheckConstraint(
            "censoring IN ('none', 'left', 'right')", name=op.f("ck_result_censoring")
        ),
        sa.CheckConstraint(
            "detection_limit > 0 AND detection_limit < 'Infinity'",
            name=op.f("ck_result_limit_positive"),
        ),
        sa.CheckConstraint(
            "value >= 0 AND value < 'Infinity'", name=op.f("ck_result_value_finite")
        ),
        sa.ForeignKeyConstraint(
            ["contaminant"], ["hotspots.contaminant.code"], name=op.f("fk_result_contaminant")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["hotspots.import.id"], name=op.f("fk_result_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["hotspots.sample.id"], name=op.f("fk_result_sample_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["hotspots.result.id"], name=op.f("fk_result_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        schema="hotspots",
    )
    op.create_index(
        "ix_result_contaminant_current",
        "result",
        ["contaminant", "sample_id"],
        unique=False,
        schema="hotspots",
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index(
        op.f("ix_result_import_id"), "result", ["import_id"], unique=False, schema="hotspots"
    )
    op.create_index(
        op.f("ix_result_supersedes_id"),
        "result",
        ["supersedes_id"],
        unique=False,
        schema="hotspots",
    )
    op.create_index(
        "uq_result_current",
        "result",
        ["sample_id", "contaminant", "extraction", "fraction", "replicate"],
        unique=True,
        schema="hotspots",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )


def downgrade() -> None:

    op.drop_index(
        "uq_result_current",
        table_name="result",
        schema="hotspots",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_index(op.f("ix_result_supersedes_id"), table_name="result", schema="hotspots")
    op.drop_index(op.f("ix_result_import_id"), table_name="result", schema="hotspots")
    op.drop_index(
        "ix_result_contaminant_current",
        table_name="result",
        schema="hotspots",
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("result", schema="hotspots")
    op.drop_index(
        op.f("ix_hotspot_layer_dataset_dataset_id"),
        table_name="hotspot_layer_dataset",
        schema="hotspots",
    )
    op.drop_table("hotspot_layer_dataset", schema="hotspots")
    op.drop_index(op.f("ix_hotspot_layer_id"), table_name="hotspot", schema="hotspots")
    op.drop_index(op.f("ix_hotspot_hilbert_id"), table_name="hotspot", schema="hotspots")
    op.drop_index(
        "ix_hotspot_geom", table_name="hotspot", schema="hotspots", postgresql_using="gist"
    )
    op.drop_table("hotspot", schema="hotspots")
    op.drop_index(
        op.f("ix_surface_dataset_dataset_id"), table_name="surface_dataset", schema="hotspots"
    )
    op.drop_table("surface_dataset", schema="hotspots")
    op.drop_index(op.f("ix_source_import_id"), table_name="source", schema="hotspots")
    op.drop_index(op.f("ix_source_hilbert_id"), table_name="source", schema="hotspots")
    op.drop_index("ix_source_geom", table_name="source", schema="hotspots", postgresql_using="gist")
    op.drop_index(op.f("ix_source_dataset_id_natural_key"), table_name="source", schema="hotspots")
    op.drop_table("source", schema="hotspots")
    op.drop_index(
        "uq_sample_natural",
        table_name="sample",
        schema="hotspots",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index(op.f("ix_sample_site_id"), table_name="sample", schema="hotspots")
    op.drop_index(op.f("ix_sample_import_id"), table_name="sample", schema="hotspots")
    op.drop_index(op.f("ix_sample_hilbert_id"), table_name="sample", schema="hotspots")
    op.drop_index("ix_sample_geom", table_name="sample", schema="hotspots", postgresql_using="gist")
    op.drop_table("sample", schema="hotspots")
    op.drop_table("quarantined_row", schema="hotspots")
    op.drop_index(
        op.f("ix_hotspot_layer_surface_id"), table_name="hotspot_layer", schema="hotspots"
    )
    op.drop_index(
        op.f("ix_hotspot_layer_request_sha256"), table_name="hotspot_layer", schema="hotspots"
    )
    op.drop_index(
        op.f("ix_hotspot_layer_order_sha256"), table_name="hotspot_layer", schema="hotspots"
    )
    op.drop_index(
        op.f("ix_hotspot_layer_contaminant_created_at"),
        table_name="hotspot_layer",
        schema="hotspots",
    )
    op.drop_table("hotspot_layer", schema="hotspots")
    op.drop_index(op.f("ix_surface_request_sha256"), table_name="surface", schema="hotspots")
    op.drop_index(op.f("ix_surface_order_sha256"), table_name="surface", schema="hotspots")
    op.drop_index(
        op.f("ix_surface_contaminant_created_at"), table_name="surface", schema="hotspots"
    )
    op.drop_table("surface", schema="hotspots")
    op.drop_index(op.f("ix_site_dataset_id_code"), table_name="site", schema="hotspots")
    op.drop_table("site", schema="hotspots")
    op.drop_index(op.f("ix_import_sha256"), table_name="import", schema="hotspots")
    op.drop_index(op.f("ix_import_dataset_id"), table_name="import", schema="hotspots")
    op.drop_table("import", schema="hotspots")
    op.drop_index(
        op.f("ix_guideline_value_contaminant_framework"),
        table_name="guideline_value",
        schema="hotspots",
    )
    op.drop_table("guideline_value", schema="hotspots")
    op.drop_table("unit", schema="hotspots")
    op.drop_table("source_type", schema="hotspots")
    op.drop_index("uq_member_email_name", table_name="member", schema="hotspots")
    op.drop_index(op.f("ix_member_hilbert_id"), table_name="member", schema="hotspots")
    op.drop_index("ix_member_geom", table_name="member", schema="hotspots", postgresql_using="gist")
    op.drop_table("member", schema="hotspots")
    op.drop_index(op.f("ix_job_queue_job_id"), table_name="job", schema="hotspots")
    op.drop_table("job", schema="hotspots")
    op.drop_table("dataset", schema="hotspots")
    op.drop_table("data_flag", schema="hotspots")
    op.drop_table("contaminant", schema="hotspots")

"""Districts instead of points, and mappings that are saved to be used again.

Revision ID: 20261127_aggregates
Revises: 20261127_set_references
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "20261127_aggregates"
down_revision = "20261127_set_references"
branch_labels = None
depends_on = None

_NUMBERS = [
    "detection_limit",
    "minimum",
    "p05",
    "p10",
    "p25",
    "p50",
    "p75",
    "p90",
    "p95",
    "p99",
    "maximum",
    "mean",
    "threshold",
    "share_above",
    "share_lower",
    "share_upper",
    "depth_upper_cm",
    "depth_lower_cm",
]
_CURRENT = sa.text("superseded_at IS NULL")


def _kinds(*names: str) -> None:
    op.drop_constraint(op.f("ck_import_kind"), "import", schema="hotspots", type_="check")
    words = ", ".join(f"'{name}'" for name in names)
    op.create_check_constraint(
        op.f("ck_import_kind"), "import", f"kind IN ({words})", schema="hotspots"
    )


def upgrade() -> None:
    _kinds("samples", "sources", "aggregates")
    op.create_table(
        "aggregate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text()),
        sa.Column("area_name", sa.Text()),
        sa.Column("geom", Geometry(srid=4326, spatial_index=False)),
        sa.Column("contaminant", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("n_nondetect", sa.BigInteger()),
        *(sa.Column(name, sa.Double()) for name in _NUMBERS),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("extraction", sa.Text()),
        sa.Column("fraction", sa.Text()),
        sa.Column("sampled_from", sa.Date()),
        sa.Column("sampled_to", sa.Date()),
        sa.Column("original_unit", sa.Text(), nullable=False),
        sa.Column("conversion_factor", sa.Double(), nullable=False),
        sa.Column("hilbert", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger()),
        sa.Column("superseded_at", sa.TIMESTAMP(timezone=True)),
        sa.CheckConstraint(
            "area_code IS NOT NULL OR geom IS NOT NULL", name=op.f("ck_aggregate_somewhere")
        ),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("ck_aggregate_geom_within_globe"),
        ),
        sa.CheckConstraint("n_nondetect <= n AND n >= 0", name=op.f("ck_aggregate_counts")),
        sa.CheckConstraint(
            "share_above BETWEEN 0 AND 1 AND share_lower <= share_above AND share_above <= share_upper",
            name=op.f("ck_aggregate_shares"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["hotspots.dataset.id"], name=op.f("fk_aggregate_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["contaminant"], ["hotspots.contaminant.code"], name=op.f("fk_aggregate_contaminant")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["hotspots.import.id"], name=op.f("fk_aggregate_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["hotspots.aggregate.id"], name=op.f("fk_aggregate_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aggregate")),
        schema="hotspots",
    )
    for name, columns in (
        ("uq_aggregate_current", ["dataset_id", "natural_key"]),
        ("uq_aggregate_uid_current", ["uid"]),
    ):
        op.create_index(
            name, "aggregate", columns, unique=True, schema="hotspots", postgresql_where=_CURRENT
        )
    for columns in (["hilbert", "id"], ["import_id"], ["supersedes_id"]):
        op.create_index(
            f"ix_aggregate_{'_'.join(columns)}", "aggregate", columns, schema="hotspots"
        )
    op.create_index(
        "ix_aggregate_geom", "aggregate", ["geom"], schema="hotspots", postgresql_using="gist"
    )
    op.create_table(
        "mapping",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column(
            "saved_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('samples', 'sources', 'aggregates')", name=op.f("ck_mapping_kind")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mapping")),
        schema="hotspots",
    )


def downgrade() -> None:
    op.drop_table("mapping", schema="hotspots")
    op.drop_table("aggregate", schema="hotspots")
    # An import of aggregates has nothing left to tell.
    op.execute("DELETE FROM hotspots.import WHERE kind = 'aggregates'")
    _kinds("samples", "sources")

"""Areas that users bring, by which layers are summarised.

Revision ID: 20261127_boundaries
Revises: 20261127_coexistence
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "20261127_boundaries"
down_revision = "20261127_coexistence"
branch_labels = None
depends_on = None

_CURRENT = sa.text("superseded_at IS NULL")


def _kinds(*names: str) -> None:
    op.drop_constraint(op.f("ck_import_kind"), "import", schema="hotspots", type_="check")
    words = ", ".join(f"'{name}'" for name in names)
    op.create_check_constraint(
        op.f("ck_import_kind"), "import", f"kind IN ({words})", schema="hotspots"
    )


def upgrade() -> None:
    _kinds("samples", "sources", "aggregates", "boundaries")
    op.create_table(
        "boundary",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("dataset_id", sa.BigInteger(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text()),
        sa.Column("area_name", sa.Text()),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=False),
        sa.Column("hilbert", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger()),
        sa.Column("superseded_at", sa.TIMESTAMP(timezone=True)),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 "
            "AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("ck_boundary_geom_within_globe"),
        ),
        sa.CheckConstraint(
            "ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_boundary_geom_valid")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["hotspots.dataset.id"], name=op.f("fk_boundary_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["hotspots.import.id"], name=op.f("fk_boundary_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["hotspots.boundary.id"], name=op.f("fk_boundary_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary")),
        schema="hotspots",
    )
    for name, columns in (
        ("uq_boundary_current", ["dataset_id", "natural_key"]),
        ("uq_boundary_uid_current", ["uid"]),
    ):
        op.create_index(
            name, "boundary", columns, unique=True, schema="hotspots", postgresql_where=_CURRENT
        )
    for columns in (["hilbert", "id"], ["import_id"], ["supersedes_id"]):
        op.create_index(f"ix_boundary_{'_'.join(columns)}", "boundary", columns, schema="hotspots")
    op.create_index(
        "ix_boundary_geom", "boundary", ["geom"], schema="hotspots", postgresql_using="gist"
    )


def downgrade() -> None:
    op.drop_table("boundary", schema="hotspots")
    # An import of boundaries has nothing left to tell.
    op.execute("DELETE FROM hotspots.import WHERE kind = 'boundaries'")
    _kinds("samples", "sources", "aggregates")

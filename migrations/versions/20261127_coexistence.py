"""Layers of several contaminants: each one's surface and value, and what polygons tell of them.

Revision ID: 20261127_coexistence
Revises: 20261127_uncertainties
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_coexistence"
down_revision = "20261127_uncertainties"
branch_labels = None
depends_on = None

_SCHEMA = "hotspots"


def upgrade() -> None:
    op.alter_column("hotspot_layer", "contaminant", nullable=True, schema=_SCHEMA)
    op.add_column("hotspot", sa.Column("mixture", postgresql.JSONB()), schema=_SCHEMA)
    op.create_table(
        "hotspot_layer_part",
        sa.Column("layer_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contaminant", sa.Text(), nullable=False),
        sa.Column("surface_id", sa.BigInteger(), nullable=False),
        sa.Column("guideline_id", sa.Text()),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("extraction_note", sa.Text()),
        sa.CheckConstraint(
            "threshold > 0 AND threshold < 'Infinity'",
            name=op.f("ck_hotspot_layer_part_threshold_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"],
            ["hotspots.hotspot_layer.id"],
            name=op.f("fk_hotspot_layer_part_layer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contaminant"],
            ["hotspots.contaminant.code"],
            name=op.f("fk_hotspot_layer_part_contaminant"),
        ),
        sa.ForeignKeyConstraint(
            ["surface_id"],
            ["hotspots.surface.id"],
            name=op.f("fk_hotspot_layer_part_surface_id"),
        ),
        sa.ForeignKeyConstraint(
            ["guideline_id"],
            ["hotspots.guideline_value.id"],
            name=op.f("fk_hotspot_layer_part_guideline_id"),
        ),
        sa.PrimaryKeyConstraint("layer_id", "position", name=op.f("pk_hotspot_layer_part")),
        schema=_SCHEMA,
    )
    for column in ("contaminant", "surface_id"):
        op.create_index(
            op.f(f"ix_hotspot_layer_part_{column}"),
            "hotspot_layer_part",
            [column],
            schema=_SCHEMA,
        )


def downgrade() -> None:
    # What the earlier schema cannot hold goes: layers of several contaminants.
    op.execute(
        "UPDATE hotspots.hotspot_layer SET supersedes_id = NULL WHERE supersedes_id IN "
        "(SELECT id FROM hotspots.hotspot_layer WHERE contaminant IS NULL)"
    )
    op.execute("DELETE FROM hotspots.hotspot_layer WHERE contaminant IS NULL")
    op.drop_table("hotspot_layer_part", schema=_SCHEMA)
    op.drop_column("hotspot", "mixture", schema=_SCHEMA)
    op.alter_column("hotspot_layer", "contaminant", nullable=False, schema=_SCHEMA)

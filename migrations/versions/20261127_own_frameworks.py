"""Frameworks of guideline values that users bring, private or public.

Revision ID: 20261127_own_frameworks
Revises: 20261127_measurements
"""

import sqlalchemy as sa
from alembic import op

revision = "20261127_own_frameworks"
down_revision = "20261127_measurements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_framework",
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "loaded_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True)),
        sa.CheckConstraint(
            "visibility IN ('public', 'private')", name=op.f("ck_own_framework_visibility")
        ),
        # The prefix keeps users' frameworks apart from every one of the registry.
        sa.CheckConstraint(r"framework LIKE 'OWN\_%'", name=op.f("ck_own_framework_own_name")),
        sa.PrimaryKeyConstraint("framework", name=op.f("pk_own_framework")),
        schema="hotspots",
    )
    op.add_column("guideline_value", sa.Column("own_framework", sa.Text()), schema="hotspots")
    op.create_foreign_key(
        op.f("fk_guideline_value_own_framework"),
        "guideline_value",
        "own_framework",
        ["own_framework"],
        ["framework"],
        source_schema="hotspots",
        referent_schema="hotspots",
    )
    op.create_check_constraint(
        op.f("ck_guideline_value_own_name"),
        "guideline_value",
        "own_framework IS NULL OR own_framework = framework",
        schema="hotspots",
    )


def downgrade() -> None:
    # Layers that cite a user's value cannot stand without it.
    op.execute(
        "CREATE TEMPORARY TABLE resting ON COMMIT DROP AS "
        "SELECT layer.id FROM hotspots.hotspot_layer AS layer "
        "JOIN hotspots.guideline_value AS value ON value.id = layer.guideline_id "
        "WHERE value.own_framework IS NOT NULL"
    )
    op.execute(
        "UPDATE hotspots.hotspot_layer SET supersedes_id = NULL "
        "WHERE supersedes_id IN (SELECT id FROM resting)"
    )
    op.execute("DELETE FROM hotspots.hotspot_layer WHERE id IN (SELECT id FROM resting)")
    op.execute("DELETE FROM hotspots.guideline_value WHERE own_framework IS NOT NULL")
    op.drop_column("guideline_value", "own_framework", schema="hotspots")
    op.drop_table("own_framework", schema="hotspots")

"""Imports are previewed before they load and can be undone; sources are superseded, not updated.

Revision ID: 20261127_import_life
Revises: 20261127_source_releases
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261127_import_life"
down_revision = "20261127_source_releases"
branch_labels = None
depends_on = None

_BEFORE = ("waiting", "reading", "loaded", "refused")
_SINCE = ("waiting", "reading", "previewed", "loaded", "refused", "undone")


def _statuses(*names: str) -> None:
    op.drop_constraint(op.f("ck_import_status"), "import", schema="hotspots", type_="check")
    words = ", ".join(f"'{name}'" for name in names)
    op.create_check_constraint(
        op.f("ck_import_status"), "import", f"status IN ({words})", schema="hotspots"
    )


_CURRENT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    _supersede_sources()
    _statuses(*_SINCE)
    op.add_column("import", sa.Column("preview", JSONB), schema="hotspots")
    op.add_column("import", sa.Column("undone_at", sa.TIMESTAMP(timezone=True)), schema="hotspots")


def _supersede_sources() -> None:
    op.add_column("source", sa.Column("supersedes_id", sa.BigInteger), schema="hotspots")
    op.add_column(
        "source", sa.Column("superseded_at", sa.TIMESTAMP(timezone=True)), schema="hotspots"
    )
    op.create_foreign_key(
        op.f("fk_source_supersedes_id"),
        "source",
        "source",
        ["supersedes_id"],
        ["id"],
        source_schema="hotspots",
        referent_schema="hotspots",
    )
    op.create_index(op.f("ix_source_supersedes_id"), "source", ["supersedes_id"], schema="hotspots")
    op.drop_index(op.f("ix_source_dataset_id_natural_key"), "source", schema="hotspots")
    op.drop_constraint(op.f("uq_source_uid"), "source", schema="hotspots", type_="unique")
    for name, columns in (
        ("uq_source_current", ["dataset_id", "natural_key"]),
        ("uq_source_uid_current", ["uid"]),
    ):
        op.create_index(
            name, "source", columns, unique=True, schema="hotspots", postgresql_where=_CURRENT
        )


def downgrade() -> None:
    op.execute("UPDATE hotspots.source SET supersedes_id = NULL")
    op.execute("DELETE FROM hotspots.source WHERE superseded_at IS NOT NULL")
    op.drop_index("uq_source_uid_current", "source", schema="hotspots")
    op.drop_index("uq_source_current", "source", schema="hotspots")
    op.create_unique_constraint(op.f("uq_source_uid"), "source", ["uid"], schema="hotspots")
    op.create_index(
        op.f("ix_source_dataset_id_natural_key"),
        "source",
        ["dataset_id", "natural_key"],
        unique=True,
        schema="hotspots",
    )
    op.drop_column("source", "superseded_at", schema="hotspots")
    op.drop_column("source", "supersedes_id", schema="hotspots")
    # What was only previewed holds no rows, and what was undone none any more.
    op.execute(
        "UPDATE hotspots.import SET status = 'refused' WHERE status IN ('previewed', 'undone')"
    )
    op.drop_column("import", "undone_at", schema="hotspots")
    op.drop_column("import", "preview", schema="hotspots")
    _statuses(*_BEFORE)

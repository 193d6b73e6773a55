"""What a source released, as its register reports it.

Revision ID: 20261127_source_releases
Revises: 20261122_job_queue
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261127_source_releases"
down_revision = "20261122_job_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("releases", JSONB), schema="hotspots")


def downgrade() -> None:
    op.drop_column("source", "releases", schema="hotspots")

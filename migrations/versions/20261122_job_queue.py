"""The job queue: Procrastinate 3.10's schema, frozen here, in a PostgreSQL schema of its own.

An upgrade of Procrastinate adds a revision with that version's own migration SQL.

Revision ID: 20261122_job_queue
Revises: 20261122_first_schema
"""

from pathlib import Path

from alembic import op

revision = "20261122_job_queue"
down_revision = "20261122_first_schema"
branch_labels = None
depends_on = None

_SQL = Path(__file__).resolve().parents[1] / "sql" / "procrastinate_3_10.sql"


def upgrade() -> None:
    op.execute("CREATE SCHEMA procrastinate")
    # Its statements name no schema, so they go where the path leads first.
    op.execute("SET LOCAL search_path = procrastinate, public")
    cursor = op.get_bind().connection.cursor()
    cursor.execute(_SQL.read_text(encoding="utf-8"))
    op.execute("SET LOCAL search_path = public")


def downgrade() -> None:
    op.execute("DROP SCHEMA procrastinate CASCADE")

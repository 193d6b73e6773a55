"""Results know their uncertainty, and which accepted repairs changed them or their sample.

The uncertainty is a number of the result alone; what it is a multiple of, and the repairs, many
results of a file share, so the `manner` tells them. Nulls take no room in a row.

Revision ID: 20261127_uncertainties
Revises: 20261127_hotspot_classes
"""

# ruff: noqa: S608 - names are constants of this file

import sqlalchemy as sa
from alembic import op

revision = "20261127_uncertainties"
down_revision = "20261127_hotspot_classes"
branch_labels = None
depends_on = None

_NEW = (
    ("measurement", "uncertainty", sa.Double),
    ("manner", "coverage_factor", sa.Double),
    ("manner", "repairs", sa.Text),
    ("sample", "repairs", sa.Text),
)
_CHECKS = (
    ("measurement", "uncertainty_finite", "uncertainty >= 0 AND uncertainty < 'Infinity'"),
    ("measurement", "uncertainty_of_value", "uncertainty IS NULL OR value IS NOT NULL"),
    ("manner", "factor_positive", "coverage_factor > 0 AND coverage_factor < 'Infinity'"),
)


def _view(uncertainty: str = "", repairs: str = "") -> str:
    """Return the statement that makes the view `result`, with these columns besides."""
    return f"""
CREATE VIEW hotspots.result AS
SELECT
    number.id, number.sample_id, what.contaminant, number.value, number.censoring,
    number.detection_limit, how.limit_kind, {uncertainty} how.unit, how.basis, what.extraction,
    what.fraction, what.replicate, how.qualifier, how.method, how.laboratory,
    how.column_name, coalesce(number.original_text, number.value::text) AS original_text,
    how.original_unit, how.conversion_factor, {repairs} how.import_id, number.row_number,
    number.supersedes_id, number.superseded_at
FROM hotspots.measurement AS number
-- "left", so that the planner leaves out what a query does not ask for
LEFT JOIN hotspots.measurand AS what ON what.id = number.measurand_id
LEFT JOIN hotspots.manner AS how ON how.id = number.manner_id
"""


def upgrade() -> None:
    op.execute("DROP VIEW hotspots.result")
    for table, name, kind in _NEW:
        op.add_column(table, sa.Column(name, kind), schema="hotspots")
    for table, name, test in _CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, test, schema="hotspots")
    op.execute(_view("number.uncertainty, how.coverage_factor,", "how.repairs,"))


def downgrade() -> None:
    op.execute("DROP VIEW hotspots.result")
    for table, name, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, schema="hotspots")
    for table, name, _ in reversed(_NEW):
        op.drop_column(table, name, schema="hotspots")
    op.execute(_view())

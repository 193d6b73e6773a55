"""Tables of a large import are looked through once each before they are joined to the others.

Six questions were six scans, and the last one, whether each result has its sample, a join of all
rows. Numbers of samples have no gaps as a rule: then the range says it.

Revision ID: 20261128_one_look
Revises: 20261128_own_tables
"""

from alembic import op

revision = "20261128_one_look"
down_revision = "20261128_own_tables"
branch_labels = None
depends_on = None

_BEFORE = """
SELECT CASE
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT dataset_id, import_id FROM hotspots.%1$I) AS told
    WHERE NOT EXISTS (
        SELECT FROM hotspots.import AS parent
        WHERE parent.id = told.import_id AND parent.dataset_id = told.dataset_id
    )
) THEN 'sample_import_id'
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT site_id FROM hotspots.%1$I WHERE site_id IS NOT NULL) AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.site AS parent WHERE parent.id = told.site_id)
) THEN 'sample_site_id'
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT measurand_id FROM hotspots.%2$I) AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.measurand AS parent WHERE parent.id = told.measurand_id)
) THEN 'measurement_measurand_id'
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT manner_id FROM hotspots.%2$I) AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.manner AS parent WHERE parent.id = told.manner_id)
) THEN 'measurement_manner_id'
WHEN EXISTS (SELECT FROM hotspots.%2$I WHERE supersedes_id IS NOT NULL)
THEN 'measurement_supersedes_id'
WHEN EXISTS (
    SELECT FROM hotspots.%2$I AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.%1$I AS parent WHERE parent.id = told.sample_id)
) THEN 'measurement_sample_id'
END
"""
# Samples have their primary key by then, so as many rows as the range is wide are all of it.
_NOW = """
WITH samples AS MATERIALIZED (
    SELECT dataset_id, import_id, site_id, min(id) AS first, max(id) AS last, count(*) AS number
    FROM hotspots.%1$I
    GROUP BY dataset_id, import_id, site_id
), results AS MATERIALIZED (
    SELECT measurand_id, manner_id, min(sample_id) AS first, max(sample_id) AS last,
        count(supersedes_id) AS superseding
    FROM hotspots.%2$I
    GROUP BY measurand_id, manner_id
), sample_range AS MATERIALIZED (
    SELECT min(first) AS first, max(last) AS last, sum(number) AS number FROM samples
), result_range AS MATERIALIZED (
    SELECT min(first) AS first, max(last) AS last FROM results
)
SELECT CASE
WHEN EXISTS (
    SELECT FROM samples AS told
    WHERE NOT EXISTS (
        SELECT FROM hotspots.import AS parent
        WHERE parent.id = told.import_id AND parent.dataset_id = told.dataset_id
    )
) THEN 'sample_import_id'
WHEN EXISTS (
    SELECT FROM samples AS told
    WHERE told.site_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM hotspots.site AS parent WHERE parent.id = told.site_id)
) THEN 'sample_site_id'
WHEN EXISTS (
    SELECT FROM results AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.measurand AS parent WHERE parent.id = told.measurand_id)
) THEN 'measurement_measurand_id'
WHEN EXISTS (
    SELECT FROM results AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.manner AS parent WHERE parent.id = told.manner_id)
) THEN 'measurement_manner_id'
WHEN EXISTS (SELECT FROM results WHERE superseding > 0)
THEN 'measurement_supersedes_id'
WHEN (
    SELECT sample_range.number = sample_range.last - sample_range.first + 1
        AND result_range.first >= sample_range.first AND result_range.last <= sample_range.last
    FROM sample_range, result_range
) IS NOT TRUE AND EXISTS (
    SELECT FROM hotspots.%2$I AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.%1$I AS parent WHERE parent.id = told.sample_id)
) THEN 'measurement_sample_id'
END
"""


def _ask(query: str) -> None:
    """Put another query in the place of the one that `join_own_tables` asks."""
    described = "SELECT pg_get_functiondef('hotspots.join_own_tables(bigint)'::regprocedure)"
    definition = op.get_bind().exec_driver_sql(described).scalar_one()
    before, _, after = definition.split("$query$")
    op.execute(f"{before}$query${query}$query${after}")


def upgrade() -> None:
    """One look at each table."""
    _ask(_NOW)


def downgrade() -> None:
    """A look for each question."""
    _ask(_BEFORE)

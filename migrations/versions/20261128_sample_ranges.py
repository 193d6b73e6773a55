"""The samples of many results are found by their range, not one after the other.

An import copies results of samples that it numbered one after the other. Where all numbers from the
first to the last are there, counting them says so in a twentieth of the time of looking each up;
where not, and where the range is wider than the rows are many, each is looked up as before.

Revision ID: 20261128_sample_ranges
Revises: 20261127_boundaries
"""

# ruff: noqa: S608 - texts are constants of this file

from alembic import op

revision = "20261128_sample_ranges"
down_revision = "20261127_boundaries"
branch_labels = None
depends_on = None

_SAMPLE = """
SELECT 'sample_id'
FROM (SELECT DISTINCT sample_id FROM new_rows) AS told
WHERE NOT EXISTS (SELECT FROM hotspots.sample WHERE id = told.sample_id OFFSET 0)
LIMIT 1
"""
_WHAT_AND_HOW = """
SELECT CASE WHEN has_manner THEN 'measurand_id' ELSE 'manner_id' END
FROM (
    SELECT
        EXISTS (
            SELECT FROM hotspots.measurand WHERE id = told.measurand_id OFFSET 0
        ) AS has_measurand,
        EXISTS (SELECT FROM hotspots.manner WHERE id = told.manner_id OFFSET 0) AS has_manner
    FROM (SELECT DISTINCT measurand_id, manner_id FROM new_rows) AS told
) AS looked_up
WHERE NOT (has_measurand AND has_manner)
LIMIT 1
"""
_EARLIER = """
SELECT 'supersedes_id'
FROM new_rows AS told
WHERE told.supersedes_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM hotspots.measurement AS earlier
    WHERE earlier.sample_id = told.sample_id AND earlier.id = told.supersedes_id
    OFFSET 0
)
LIMIT 1
"""
_ONE_BY_ONE = f"SELECT coalesce(({_SAMPLE}), ({_WHAT_AND_HOW}), ({_EARLIER})) INTO broken;"
_BY_RANGE = f"""
SELECT min(sample_id) AS first, max(sample_id) AS last, count(*) AS number,
    count(supersedes_id) AS corrections
INTO seen FROM new_rows;
IF seen.last - seen.first < seen.number THEN
    SELECT count(*) = seen.last - seen.first + 1 INTO are_all_there
    FROM hotspots.sample WHERE id BETWEEN seen.first AND seen.last;
END IF;
IF NOT are_all_there THEN
    broken := ({_SAMPLE});
END IF;
IF broken IS NULL THEN
    broken := ({_WHAT_AND_HOW});
END IF;
IF broken IS NULL AND seen.corrections > 0 THEN
    broken := ({_EARLIER});
END IF;
"""


def _function(body: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION hotspots.check_references_of_measurement() RETURNS trigger
LANGUAGE plpgsql SET search_path = hotspots, public AS $$
DECLARE
    seen record;
    are_all_there boolean := false;
    broken text;
BEGIN
    {body}
    IF broken IS NOT NULL THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('fk_measurement_%s: it refers to something that does not exist', broken),
            CONSTRAINT = format('fk_measurement_%s', broken);
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(_function(_BY_RANGE))


def downgrade() -> None:
    op.execute(_function(_ONE_BY_ONE))

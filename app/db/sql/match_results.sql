-- Every staged result of a sample that was stored before, with the current result it repeats or
-- replaces; those of new samples have none. The current results of the file's own samples are
-- fetched first: left to itself the planner, which knows nothing of rows loaded a moment ago, may
-- join by contaminant.
CREATE TEMPORARY TABLE matched_result ON COMMIT DROP AS
WITH current AS MATERIALIZED (
    SELECT stored.row_number AS sample_row, result.*
    FROM stored_sample AS stored
    JOIN hotspots.result AS result
        ON result.sample_id = stored.sample_id AND result.superseded_at IS NULL
    WHERE NOT stored.is_new
)
SELECT
    staged.ctid AS place,
    staged.row_number,
    current.id AS current_id,
    (
        current.value IS NOT DISTINCT FROM staged.value
        AND current.censoring = staged.censoring
        AND current.detection_limit IS NOT DISTINCT FROM staged.detection_limit
        AND current.limit_kind IS NOT DISTINCT FROM staged.limit_kind
        AND current.unit = staged.unit
        AND current.basis = staged.basis
        AND current.qualifier IS NOT DISTINCT FROM staged.qualifier
        AND current.method IS NOT DISTINCT FROM staged.method
        AND current.laboratory IS NOT DISTINCT FROM staged.laboratory
    ) AS is_unchanged
FROM staged_result AS staged
JOIN current
    ON current.sample_row = staged.sample_row
    AND current.contaminant = staged.contaminant
    AND current.extraction IS NOT DISTINCT FROM staged.extraction
    AND current.fraction IS NOT DISTINCT FROM staged.fraction
    AND current.replicate IS NOT DISTINCT FROM staged.replicate

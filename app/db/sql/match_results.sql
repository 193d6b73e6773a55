-- Every staged result of a sample that was stored before, with the current result it repeats or
-- replaces; those of new samples have none. The current results of the file's own samples are
-- fetched first: left to itself the planner, which knows nothing of rows loaded a moment ago, may
-- join by measurand.
CREATE TEMPORARY TABLE matched_result ON COMMIT DROP AS
WITH current AS MATERIALIZED (
    SELECT stored.row_number AS sample_row, number.*
    FROM stored_sample AS stored
    JOIN hotspots.measurement AS number
        ON number.sample_id = stored.sample_id AND number.superseded_at IS NULL
    WHERE NOT stored.is_new
)
SELECT
    staged.ctid AS place,
    staged.row_number,
    current.sample_id,
    current.id AS current_id,
    (
        current.value IS NOT DISTINCT FROM staged.value
        AND current.censoring = staged.censoring
        AND current.detection_limit IS NOT DISTINCT FROM staged.detection_limit
        AND current.uncertainty IS NOT DISTINCT FROM staged.uncertainty
        AND before.coverage_factor IS NOT DISTINCT FROM now.coverage_factor
        AND before.limit_kind IS NOT DISTINCT FROM now.limit_kind
        AND before.unit = now.unit
        AND before.basis = now.basis
        AND before.qualifier IS NOT DISTINCT FROM now.qualifier
        AND before.method IS NOT DISTINCT FROM now.method
        AND before.laboratory IS NOT DISTINCT FROM now.laboratory
    ) AS is_unchanged
FROM staged_result AS staged
JOIN current
    ON current.sample_row = staged.sample_row
    AND current.measurand_id = staged.measurand_id
JOIN hotspots.manner AS before ON before.id = current.manner_id
JOIN hotspots.manner AS now ON now.id = staged.manner_id

-- Every staged result of a sample that was stored before, with the current result it repeats or
-- replaces; those of new samples have none.
CREATE TEMPORARY TABLE matched_result ON COMMIT DROP AS
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
JOIN stored_sample AS stored ON stored.row_number = staged.sample_row AND NOT stored.is_new
JOIN hotspots.result AS current
    ON current.sample_id = stored.sample_id
    AND current.contaminant = staged.contaminant
    AND current.extraction IS NOT DISTINCT FROM staged.extraction
    AND current.fraction IS NOT DISTINCT FROM staged.fraction
    AND current.replicate IS NOT DISTINCT FROM staged.replicate
    AND current.superseded_at IS NULL

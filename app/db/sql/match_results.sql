-- Every staged result with its sample and the current result it repeats or replaces.
-- The joins hash on what is selective; what may be unknown is compared with nulls alike.
CREATE TEMPORARY TABLE matched_result ON COMMIT DROP AS
SELECT
    staged.*,
    stored.id AS sample_id,
    current.id AS current_id,
    COALESCE(
        current.value IS NOT DISTINCT FROM staged.value
        AND current.censoring = staged.censoring
        AND current.detection_limit IS NOT DISTINCT FROM staged.detection_limit
        AND current.limit_kind IS NOT DISTINCT FROM staged.limit_kind
        AND current.unit = staged.unit
        AND current.basis = staged.basis
        AND current.qualifier IS NOT DISTINCT FROM staged.qualifier
        AND current.method IS NOT DISTINCT FROM staged.method
        AND current.laboratory IS NOT DISTINCT FROM staged.laboratory,
        false
    ) AS is_unchanged
FROM staged_result AS staged
JOIN staged_sample AS sample_of_row ON sample_of_row.row_number = staged.sample_row
JOIN hotspots.sample AS stored
    ON stored.dataset_id = :dataset_id
    AND stored.natural_place = sample_of_row.natural_place
    AND stored.depth_upper_cm IS NOT DISTINCT FROM sample_of_row.depth_upper_cm
    AND stored.depth_lower_cm IS NOT DISTINCT FROM sample_of_row.depth_lower_cm
    AND stored.sampled_from IS NOT DISTINCT FROM sample_of_row.sampled_from
    AND stored.sampled_to IS NOT DISTINCT FROM sample_of_row.sampled_to
LEFT JOIN hotspots.result AS current
    ON current.sample_id = stored.id
    AND current.contaminant = staged.contaminant
    AND current.extraction IS NOT DISTINCT FROM staged.extraction
    AND current.fraction IS NOT DISTINCT FROM staged.fraction
    AND current.replicate IS NOT DISTINCT FROM staged.replicate
    AND current.superseded_at IS NULL

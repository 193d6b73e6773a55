-- Staged samples of which earlier rows are set aside.
SELECT DISTINCT
    staged.row_number, CAST(NULL AS bigint) AS sample_id, false AS is_own, false AS is_same
FROM staged_sample AS staged
JOIN doubtful_sample AS earlier
    ON earlier.natural_place = staged.natural_place
    AND earlier.depth_upper_cm IS NOT DISTINCT FROM staged.depth_upper_cm
    AND earlier.depth_lower_cm IS NOT DISTINCT FROM staged.depth_lower_cm
    AND earlier.sampled_from IS NOT DISTINCT FROM staged.sampled_from
    AND earlier.sampled_to IS NOT DISTINCT FROM staged.sampled_to

-- Staged samples that the data set has already.
INSERT INTO stored_sample (row_number, sample_id, is_new)
SELECT staged.row_number, stored.id AS sample_id, false
FROM staged_sample AS staged
JOIN hotspots.sample AS stored
    ON stored.dataset_id = :dataset_id
    AND stored.natural_place = staged.natural_place
    AND stored.depth_upper_cm IS NOT DISTINCT FROM staged.depth_upper_cm
    AND stored.depth_lower_cm IS NOT DISTINCT FROM staged.depth_lower_cm
    AND stored.sampled_from IS NOT DISTINCT FROM staged.sampled_from
    AND stored.sampled_to IS NOT DISTINCT FROM staged.sampled_to

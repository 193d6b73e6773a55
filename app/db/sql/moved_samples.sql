-- Staged samples that are stored already, but at another place (1e-7 degrees are a centimetre).
SELECT staged.row_number, staged.sample_code
FROM staged_sample AS staged
JOIN hotspots.sample AS stored
    ON stored.dataset_id = :dataset_id
    AND stored.natural_place = staged.natural_place
    AND stored.depth_upper_cm IS NOT DISTINCT FROM staged.depth_upper_cm
    AND stored.depth_lower_cm IS NOT DISTINCT FROM staged.depth_lower_cm
    AND stored.sampled_from IS NOT DISTINCT FROM staged.sampled_from
    AND stored.sampled_to IS NOT DISTINCT FROM staged.sampled_to
WHERE abs(ST_X(stored.geom) - staged.longitude) > 1e-7
    OR abs(ST_Y(stored.geom) - staged.latitude) > 1e-7
ORDER BY staged.row_number
LIMIT 5

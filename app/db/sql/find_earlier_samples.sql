-- Staged samples that the data set has already; whether it was this import that brought them, and
-- to the very same place. "OFFSET 0" makes one look into the index of each: the planner knows nothing
-- of rows loaded a moment ago, and would read them all.
SELECT
    staged.row_number, stored.id,
    stored.import_id = :import_id AS is_own,
    stored.import_id = :import_id
        AND ST_X(stored.geom) = staged.longitude
        AND ST_Y(stored.geom) = staged.latitude AS is_same
FROM staged_sample AS staged
CROSS JOIN LATERAL (
    SELECT sample.id, sample.import_id, sample.geom
    FROM hotspots.sample AS sample
    WHERE sample.dataset_id = :dataset_id
        AND sample.natural_place = staged.natural_place
        AND sample.depth_upper_cm IS NOT DISTINCT FROM staged.depth_upper_cm
        AND sample.depth_lower_cm IS NOT DISTINCT FROM staged.depth_lower_cm
        AND sample.sampled_from IS NOT DISTINCT FROM staged.sampled_from
        AND sample.sampled_to IS NOT DISTINCT FROM staged.sampled_to
    OFFSET 0
) AS stored

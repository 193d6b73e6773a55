-- Samples that several staged rows name, with the first of these rows. Who groups first and joins
-- later touches the few that repeat, not all.
CREATE TEMPORARY TABLE repeated_sample ON COMMIT DROP AS
WITH repeated AS (
    SELECT
        natural_place, depth_upper_cm, depth_lower_cm, sampled_from, sampled_to,
        min(row_number) AS first_row,
        max(row_number) AS last_row,
        min(longitude) <> max(longitude) OR min(latitude) <> max(latitude) AS is_moved
    FROM staged_sample
    GROUP BY natural_place, depth_upper_cm, depth_lower_cm, sampled_from, sampled_to
    HAVING count(*) > 1
)
SELECT staged.row_number, repeated.first_row, repeated.last_row, repeated.is_moved
FROM staged_sample AS staged
JOIN repeated
    ON repeated.natural_place = staged.natural_place
    AND repeated.depth_upper_cm IS NOT DISTINCT FROM staged.depth_upper_cm
    AND repeated.depth_lower_cm IS NOT DISTINCT FROM staged.depth_lower_cm
    AND repeated.sampled_from IS NOT DISTINCT FROM staged.sampled_from
    AND repeated.sampled_to IS NOT DISTINCT FROM staged.sampled_to

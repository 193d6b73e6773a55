-- Rows of the file that contradict another row or what is stored, each with one reason:
-- nothing says which of two is right, so every row concerned is set aside.
CREATE TEMPORARY TABLE contradicting_row ON COMMIT DROP AS
WITH moved AS (
    SELECT
        row_number, 'sample_conflict' AS code,
        CASE WHEN row_number = first_row THEN last_row ELSE first_row END AS other
    FROM repeated_sample
    WHERE is_moved
), elsewhere AS (
    -- 1e-7 degrees are a centimetre
    SELECT staged.row_number, 'sample_elsewhere' AS code, NULL::integer AS other
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
), places AS (
    SELECT * FROM moved UNION ALL SELECT * FROM elsewhere
), reasons AS (
    SELECT row_number, code, other, NULL AS contaminant FROM places
    UNION ALL
    -- rows that tell results of such a sample, beside the row that tells the sample
    SELECT result.row_number, places.code, coalesce(places.other, places.row_number), NULL
    FROM places
    JOIN staged_result AS result ON result.sample_row = places.row_number
    WHERE result.row_number <> places.row_number
    UNION ALL
    SELECT
        row_number, 'duplicate_conflict',
        CASE WHEN row_number = first_row THEN last_row ELSE first_row END, contaminant
    FROM repeated_result
    WHERE is_conflict
)
SELECT DISTINCT ON (reasons.row_number)
    reasons.row_number, reasons.code, reasons.other, reasons.contaminant,
    sample.sample_code
FROM reasons
LEFT JOIN staged_sample AS sample ON sample.row_number = reasons.row_number
ORDER BY reasons.row_number, reasons.code DESC, reasons.other

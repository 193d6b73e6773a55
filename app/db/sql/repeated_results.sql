-- Results of one sample, contaminant and way of measuring that several staged rows tell: the first
-- and the last of these rows, and whether they contradict each other.
CREATE TEMPORARY TABLE repeated_result ON COMMIT DROP AS
WITH repeated AS (
    SELECT
        sample_row, contaminant, extraction, fraction, replicate,
        row_number() OVER () AS repetition,
        min(row_number) AS first_row,
        max(row_number) AS last_row,
        count(DISTINCT (value, censoring, detection_limit, unit)) > 1 AS is_conflict
    FROM staged_result
    WHERE (sample_row, contaminant) IN (
        SELECT sample_row, contaminant
        FROM staged_result
        GROUP BY sample_row, contaminant
        HAVING count(*) > 1
    )
    GROUP BY sample_row, contaminant, extraction, fraction, replicate
    HAVING count(*) > 1
)
SELECT
    result.ctid AS place, result.row_number, result.contaminant,
    repeated.repetition, repeated.first_row, repeated.last_row, repeated.is_conflict
FROM staged_result AS result
JOIN repeated
    ON repeated.sample_row = result.sample_row
    AND repeated.contaminant = result.contaminant
    AND repeated.extraction IS NOT DISTINCT FROM result.extraction
    AND repeated.fraction IS NOT DISTINCT FROM result.fraction
    AND repeated.replicate IS NOT DISTINCT FROM result.replicate

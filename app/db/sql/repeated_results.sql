-- Results of one sample and measurand that several staged rows tell: the first and the last of
-- these rows, and whether they contradict each other.
CREATE TEMPORARY TABLE repeated_result ON COMMIT DROP AS
WITH repeated AS (
    SELECT
        sample_row, measurand_id,
        row_number() OVER () AS repetition,
        min(row_number) AS first_row,
        max(row_number) AS last_row
    FROM staged_result
    GROUP BY sample_row, measurand_id
    HAVING count(*) > 1
), told AS (
    SELECT
        result.ctid AS place, result.row_number, result.measurand_id,
        repeated.repetition, repeated.first_row, repeated.last_row,
        result.value, result.censoring, result.detection_limit, result.uncertainty, manner.unit
    FROM staged_result AS result
    JOIN repeated USING (sample_row, measurand_id)
    JOIN hotspots.manner AS manner ON manner.id = result.manner_id
), conflicts AS (
    SELECT repetition
    FROM told
    GROUP BY repetition
    HAVING count(DISTINCT (value, censoring, detection_limit, unit)) > 1
        -- a row without an uncertainty contradicts none with one
        OR count(DISTINCT uncertainty) > 1
)
SELECT
    told.place, told.row_number, measurand.contaminant, told.repetition, told.first_row,
    told.last_row, told.repetition IN (SELECT repetition FROM conflicts) AS is_conflict
FROM told
JOIN hotspots.measurand AS measurand ON measurand.id = told.measurand_id

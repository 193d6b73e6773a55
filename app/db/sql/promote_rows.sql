-- Where the row that told a sample is set aside and others told results of it, the first of these
-- tells the sample.
WITH good AS (
    SELECT result.sample_row, min(result.row_number) AS row_number
    FROM staged_result AS result
    JOIN contradicting_row AS bad ON bad.row_number = result.sample_row
    GROUP BY result.sample_row
), followed AS (
    UPDATE staged_result AS result
    SET sample_row = good.row_number
    FROM good
    WHERE result.sample_row = good.sample_row
)
UPDATE staged_sample AS sample
SET row_number = good.row_number
FROM good
WHERE sample.row_number = good.sample_row

-- The results of a repeated sample belong to its first row.
UPDATE staged_result AS result
SET sample_row = repeated.first_row
FROM repeated_sample AS repeated
WHERE result.sample_row = repeated.row_number AND repeated.row_number <> repeated.first_row

-- A sample is told by its first row.
DELETE FROM staged_sample AS sample
USING repeated_sample AS repeated
WHERE sample.row_number = repeated.row_number AND repeated.row_number <> repeated.first_row

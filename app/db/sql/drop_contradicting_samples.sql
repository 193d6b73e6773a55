-- Samples that only contradicting rows tell are not loaded.
DELETE FROM staged_sample AS sample
USING contradicting_row AS bad
WHERE sample.row_number = bad.row_number

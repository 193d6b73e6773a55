-- What contradicting rows tell is not loaded.
DELETE FROM staged_result AS result
USING contradicting_row AS bad
WHERE result.row_number = bad.row_number

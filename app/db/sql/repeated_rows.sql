-- Rows that say nothing new beside an earlier row of the file.
SELECT told.row_number, min(told.first_row) AS other
FROM (
    SELECT row_number, first_row FROM repeated_sample WHERE row_number <> first_row
    UNION ALL
    SELECT row_number, first_row FROM repeated_result WHERE row_number <> first_row
) AS told
WHERE NOT EXISTS (SELECT FROM staged_result WHERE staged_result.row_number = told.row_number)
    AND NOT EXISTS (
        SELECT FROM staged_sample
        WHERE staged_sample.row_number = told.row_number
    )
    AND NOT EXISTS (
        SELECT FROM contradicting_row WHERE contradicting_row.row_number = told.row_number
    )
GROUP BY told.row_number
ORDER BY told.row_number

-- Rows of the file that brought a new sample, or a new or corrected result.
SELECT count(DISTINCT loaded.row_number)
FROM (
    SELECT staged.row_number
    FROM staged_result AS staged
    LEFT JOIN matched_result AS matched ON matched.place = staged.ctid
    WHERE matched.is_unchanged IS NOT TRUE
    UNION ALL
    SELECT row_number FROM stored_sample WHERE is_new
) AS loaded

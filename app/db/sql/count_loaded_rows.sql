-- Rows of the file that brought a new sample, or a new or corrected result.
SELECT count(DISTINCT changed.row_number)
FROM (
    SELECT row_number FROM matched_result WHERE NOT is_unchanged
    UNION ALL
    SELECT row_number FROM hotspots.sample WHERE import_id = :import_id
) AS changed

-- Equal results are loaded once: as the first row tells them that is not set aside.
WITH good AS (
    SELECT
        place,
        row_number() OVER (PARTITION BY repetition ORDER BY row_number) > 1 AS is_later
    FROM repeated_result
    WHERE row_number NOT IN (SELECT row_number FROM contradicting_row)
)
DELETE FROM staged_result AS result
USING good
WHERE result.ctid = good.place AND good.is_later

-- Imports that corrected what this one brought, or told results of samples that it brought.
SELECT DISTINCT later.uid, later.filename
FROM hotspots.import AS later
JOIN (
    SELECT import_id
    FROM hotspots.result
    WHERE supersedes_id IN (SELECT id FROM hotspots.result WHERE import_id = :import_id)
        OR sample_id IN (SELECT id FROM hotspots.sample WHERE import_id = :import_id)
    UNION ALL
    SELECT import_id
    FROM hotspots.source
    WHERE supersedes_id IN (SELECT id FROM hotspots.source WHERE import_id = :import_id)
    UNION ALL
    SELECT import_id
    FROM hotspots.aggregate
    WHERE supersedes_id IN (SELECT id FROM hotspots.aggregate WHERE import_id = :import_id)
) AS told ON told.import_id = later.id
WHERE later.id <> :import_id
ORDER BY later.filename

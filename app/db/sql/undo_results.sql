-- The results of an import go, and those that they had superseded hold again.
WITH gone AS (
    DELETE FROM hotspots.measurement AS number
    USING hotspots.manner AS how
    WHERE how.id = number.manner_id AND how.import_id = :import_id
    RETURNING number.sample_id, number.supersedes_id
)
UPDATE hotspots.measurement AS earlier
SET superseded_at = NULL
FROM gone
WHERE earlier.sample_id = gone.sample_id AND earlier.id = gone.supersedes_id

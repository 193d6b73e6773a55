-- The results of an import go, and those that they had superseded hold again.
WITH gone AS (
    DELETE FROM hotspots.result WHERE import_id = :import_id RETURNING supersedes_id
)
UPDATE hotspots.result AS earlier
SET superseded_at = NULL
FROM gone
WHERE earlier.id = gone.supersedes_id

-- Places that have a name of their own; revisits share them.
INSERT INTO hotspots.site (dataset_id, code)
SELECT :dataset_id, code FROM unnest(CAST(:codes AS text[])) AS told (code)
ON CONFLICT (dataset_id, code) DO NOTHING

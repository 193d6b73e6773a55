-- Places that have a name of their own; revisits share them.
INSERT INTO hotspots.site (dataset_id, code)
SELECT DISTINCT :dataset_id, staged.site_code
FROM staged_sample AS staged
WHERE staged.site_code IS NOT NULL
ORDER BY 2
ON CONFLICT (dataset_id, code) DO NOTHING

-- Sites without a sample.
DELETE FROM hotspots.site AS empty
WHERE empty.dataset_id = :dataset_id
    AND NOT EXISTS (SELECT FROM hotspots.sample WHERE sample.site_id = empty.id)

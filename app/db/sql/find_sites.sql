-- The numbers of places that have a name of their own.
SELECT code, id FROM hotspots.site WHERE dataset_id = :dataset_id AND code = ANY(:codes)

-- Whether a data set has any sample; "min" looks into the index of the natural key.
SELECT min(natural_place) IS NOT NULL FROM hotspots.sample WHERE dataset_id = :dataset_id

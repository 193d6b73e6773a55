-- What was measured in some samples, as it holds now.
SELECT sample_id, measurand_id
FROM hotspots.measurement
WHERE sample_id = ANY(:sample_ids) AND superseded_at IS NULL

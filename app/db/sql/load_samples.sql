-- New samples, written in Hilbert order so that a bounding box reads neighbouring pages.
INSERT INTO hotspots.sample (
    dataset_id, site_id, code, natural_place, repairs, geom,
    easting, northing, original_easting, original_northing, original_epsg,
    depth_upper_cm, depth_lower_cm, sampled_from, sampled_to,
    hilbert, import_id, row_number
)
SELECT
    :dataset_id, site.id, staged.sample_code, staged.natural_place, staged.repairs,
    ST_SetSRID(ST_MakePoint(staged.longitude, staged.latitude), 4326),
    staged.easting, staged.northing,
    staged.original_easting, staged.original_northing, staged.original_epsg,
    staged.depth_upper_cm, staged.depth_lower_cm, staged.sampled_from, staged.sampled_to,
    staged.hilbert, :import_id, staged.row_number
FROM staged_sample AS staged
LEFT JOIN hotspots.site AS site
    ON site.dataset_id = :dataset_id AND site.code = staged.site_code
WHERE staged.row_number NOT IN (SELECT row_number FROM stored_sample)
ORDER BY staged.hilbert, staged.row_number
RETURNING row_number, id

-- Samples that this import loaded a moment ago wait, because a later row raises a doubt.
WITH gone AS (
    DELETE FROM hotspots.sample WHERE id = ANY(:sample_ids) RETURNING *
), waiting AS (
    INSERT INTO doubtful_sample (
        row_number, site_code, sample_code, natural_place, repairs, longitude, latitude, easting,
        northing, original_easting, original_northing, original_epsg, depth_upper_cm, depth_lower_cm,
        sampled_from, sampled_to, hilbert
    )
    SELECT
        gone.row_number, site.code, gone.code, gone.natural_place, gone.repairs, ST_X(gone.geom),
        ST_Y(gone.geom), gone.easting, gone.northing, gone.original_easting,
        gone.original_northing, gone.original_epsg, gone.depth_upper_cm, gone.depth_lower_cm,
        gone.sampled_from, gone.sampled_to, gone.hilbert
    FROM gone
    LEFT JOIN hotspots.site AS site ON site.id = gone.site_id
)
SELECT row_number FROM gone

-- Staged sources that the data set has already, and whether they say anything else.
CREATE TEMPORARY TABLE matched_source ON COMMIT DROP AS
SELECT
    staged.natural_key,
    current.id AS current_id,
    current.uid,
    (
        current.name, current.source_type, current.geom,
        current.original_easting, current.original_northing, current.original_epsg,
        current.positional_accuracy_m, current.position_source, current.contaminants,
        current.operating_from, current.operating_to, current.citation, current.source_url,
        current.releases
    ) IS NOT DISTINCT FROM (
        staged.name, staged.source_type, staged.geom,
        staged.original_easting, staged.original_northing, staged.original_epsg,
        staged.positional_accuracy_m, staged.position_source, staged.contaminants,
        staged.operating_from, staged.operating_to, staged.citation, staged.source_url,
        staged.releases
    ) AS is_unchanged
FROM staged_source AS staged
JOIN hotspots.source AS current
    ON current.dataset_id = staged.dataset_id
    AND current.natural_key = staged.natural_key
    AND current.superseded_at IS NULL

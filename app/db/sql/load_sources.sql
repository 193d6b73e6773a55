-- New and corrected sources in Hilbert order; a corrected one keeps its id for the outside.
INSERT INTO hotspots.source (
    uid, dataset_id, natural_key, name, source_type, geom,
    original_easting, original_northing, original_epsg, positional_accuracy_m, position_source,
    contaminants, operating_from, operating_to, citation, source_url, releases,
    hilbert, import_id, row_number, supersedes_id
)
SELECT
    coalesce(matched.uid, gen_random_uuid()), staged.dataset_id, staged.natural_key, staged.name,
    staged.source_type, staged.geom,
    staged.original_easting, staged.original_northing, staged.original_epsg,
    staged.positional_accuracy_m, staged.position_source,
    staged.contaminants, staged.operating_from, staged.operating_to, staged.citation,
    staged.source_url, staged.releases,
    staged.hilbert, staged.import_id, staged.row_number, matched.current_id
FROM staged_source AS staged
LEFT JOIN matched_source AS matched ON matched.natural_key = staged.natural_key
WHERE matched.is_unchanged IS NOT TRUE
ORDER BY staged.hilbert, staged.row_number
RETURNING natural_key

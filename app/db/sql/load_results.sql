-- New and corrected results, in the order of their samples.
INSERT INTO hotspots.result (
    sample_id, contaminant, value, censoring, detection_limit, limit_kind, unit, basis,
    extraction, fraction, replicate, qualifier, method, laboratory, column_name,
    original_text, original_unit, conversion_factor, import_id, row_number, supersedes_id
)
SELECT
    matched.sample_id, matched.contaminant, matched.value, matched.censoring,
    matched.detection_limit, matched.limit_kind, matched.unit, matched.basis,
    matched.extraction, matched.fraction, matched.replicate, matched.qualifier,
    matched.method, matched.laboratory, matched.column_name, matched.original_text,
    matched.original_unit, matched.conversion_factor, :import_id, matched.row_number,
    matched.current_id
FROM matched_result AS matched
WHERE NOT matched.is_unchanged
ORDER BY matched.sample_id, matched.contaminant

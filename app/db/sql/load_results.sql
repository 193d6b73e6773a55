-- New and corrected results, in the order of their samples.
INSERT INTO hotspots.result (
    sample_id, contaminant, value, censoring, detection_limit, limit_kind, unit, basis,
    extraction, fraction, replicate, qualifier, method, laboratory, column_name,
    original_text, original_unit, conversion_factor, import_id, row_number, supersedes_id
)
SELECT
    stored.sample_id, staged.contaminant, staged.value, staged.censoring,
    staged.detection_limit, staged.limit_kind, staged.unit, staged.basis,
    staged.extraction, staged.fraction, staged.replicate, staged.qualifier,
    staged.method, staged.laboratory, staged.column_name, staged.original_text,
    staged.original_unit, staged.conversion_factor, :import_id, staged.row_number,
    matched.current_id
FROM staged_result AS staged
JOIN stored_sample AS stored ON stored.row_number = staged.sample_row
LEFT JOIN matched_result AS matched ON matched.place = staged.ctid
WHERE matched.is_unchanged IS NOT TRUE
ORDER BY stored.sample_id

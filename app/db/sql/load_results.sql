-- New and corrected results, in the order of their samples.
INSERT INTO hotspots.measurement (
    sample_id, value, detection_limit, supersedes_id, measurand_id, manner_id, row_number,
    censoring, original_text, uncertainty
)
SELECT
    stored.sample_id, staged.value, staged.detection_limit, matched.current_id,
    staged.measurand_id, staged.manner_id, staged.row_number, staged.censoring,
    staged.original_text, staged.uncertainty
FROM staged_result AS staged
JOIN stored_sample AS stored ON stored.row_number = staged.sample_row
LEFT JOIN matched_result AS matched ON matched.place = staged.ctid
WHERE matched.is_unchanged IS NOT TRUE
ORDER BY stored.sample_id

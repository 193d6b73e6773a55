-- The bad rows of a file, as they stood in it, with the reasons.
INSERT INTO hotspots.quarantined_row (import_id, row_number, cells, reasons)
SELECT
    :import_id, row_number,
    ARRAY(SELECT jsonb_array_elements_text(cells)),
    reasons
FROM staged_quarantine

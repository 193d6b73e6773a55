-- Measurands that nobody told before; somebody else may add the same at this moment.
INSERT INTO hotspots.measurand (contaminant, extraction, fraction, replicate)
SELECT told.contaminant, told.extraction, told.fraction, told.replicate
FROM unnest(
    CAST(:contaminant AS text[]), CAST(:extraction AS text[]),
    CAST(:fraction AS text[]), CAST(:replicate AS text[])
) AS told (contaminant, extraction, fraction, replicate)
ON CONFLICT DO NOTHING

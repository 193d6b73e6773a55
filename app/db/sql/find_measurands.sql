-- The numbers of measurands, in the order in which they are asked for.
SELECT measurand.id
FROM unnest(
    CAST(:contaminant AS text[]), CAST(:extraction AS text[]),
    CAST(:fraction AS text[]), CAST(:replicate AS text[])
) WITH ORDINALITY AS told (contaminant, extraction, fraction, replicate, place)
JOIN hotspots.measurand AS measurand
    ON measurand.contaminant = told.contaminant
    AND measurand.extraction IS NOT DISTINCT FROM told.extraction
    AND measurand.fraction IS NOT DISTINCT FROM told.fraction
    AND measurand.replicate IS NOT DISTINCT FROM told.replicate
ORDER BY told.place

-- Samples that were set aside are settled now.
INSERT INTO staged_sample SELECT * FROM doubtful_sample

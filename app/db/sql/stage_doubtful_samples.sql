-- Where samples wait that are settled when all rows are there; gone with the transaction.
CREATE TEMPORARY TABLE doubtful_sample (LIKE staged_sample) ON COMMIT DROP

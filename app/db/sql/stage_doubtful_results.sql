-- Where results wait that are settled when all rows are there; gone with the transaction.
CREATE TEMPORARY TABLE doubtful_result (LIKE staged_result) ON COMMIT DROP

-- Where the bad rows of one file wait; gone with the transaction.
CREATE TEMPORARY TABLE staged_quarantine (
    row_number integer NOT NULL,
    cells jsonb NOT NULL,
    reasons jsonb NOT NULL
) ON COMMIT DROP

-- Where the sources of one file wait; gone with the transaction.
CREATE TEMPORARY TABLE staged_source ON COMMIT DROP AS
SELECT * FROM hotspots.source
WITH NO DATA

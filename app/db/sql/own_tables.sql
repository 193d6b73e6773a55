-- How many tables of their own imports have; the one of the rest is none.
SELECT count(*) - 1 FROM pg_inherits WHERE inhparent = CAST('hotspots.sample' AS regclass)

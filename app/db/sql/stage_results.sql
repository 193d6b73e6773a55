-- Where the results of one file wait until they are in place; gone with the transaction.
CREATE TEMPORARY TABLE staged_result (
    row_number integer NOT NULL,
    sample_row integer NOT NULL,
    measurand_id integer NOT NULL,
    manner_id integer NOT NULL,
    value double precision,
    detection_limit double precision,
    censoring text NOT NULL,
    original_text text,
    uncertainty double precision
) ON COMMIT DROP

-- Where the results of one file wait until they are all there; gone with the transaction.
CREATE TEMPORARY TABLE staged_result (
    row_number integer NOT NULL,
    sample_row integer NOT NULL,
    column_name text NOT NULL,
    contaminant text NOT NULL,
    value double precision,
    censoring text NOT NULL,
    detection_limit double precision,
    limit_kind text,
    unit text NOT NULL,
    basis text NOT NULL,
    extraction text,
    fraction text,
    replicate text,
    qualifier text,
    original_text text NOT NULL,
    original_unit text NOT NULL,
    conversion_factor double precision NOT NULL,
    method text,
    laboratory text
) ON COMMIT DROP

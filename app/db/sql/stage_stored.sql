-- Where the staged samples are stored: found there, or new.
CREATE TEMPORARY TABLE stored_sample (
    row_number integer NOT NULL,
    sample_id bigint NOT NULL,
    is_new boolean NOT NULL
) ON COMMIT DROP

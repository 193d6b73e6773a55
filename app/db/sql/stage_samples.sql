-- Where the samples of one file wait until they are in place; gone with the transaction.
CREATE TEMPORARY TABLE staged_sample (
    row_number integer NOT NULL,
    site_code text,
    sample_code text,
    natural_place text NOT NULL,
    repairs text,
    longitude double precision NOT NULL,
    latitude double precision NOT NULL,
    easting double precision NOT NULL,
    northing double precision NOT NULL,
    original_easting text NOT NULL,
    original_northing text NOT NULL,
    original_epsg integer NOT NULL,
    depth_upper_cm double precision,
    depth_lower_cm double precision,
    sampled_from date,
    sampled_to date,
    hilbert bigint NOT NULL
) ON COMMIT DROP

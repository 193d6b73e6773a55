-- Results that this import loaded a moment ago wait, because a later row raises a doubt.
WITH gone AS (
    DELETE FROM hotspots.measurement AS number
    USING hotspots.sample AS sample
    WHERE number.sample_id = ANY(:sample_ids) AND sample.id = number.sample_id
    RETURNING number.*, sample.row_number AS sample_row
), waiting AS (
    INSERT INTO doubtful_result (
        row_number, sample_row, measurand_id, manner_id, value, detection_limit, censoring,
        original_text, uncertainty
    )
    SELECT
        row_number, sample_row, measurand_id, manner_id, value, detection_limit, censoring,
        original_text, uncertainty
    FROM gone
)
SELECT DISTINCT row_number FROM gone

-- Results that a corrected one replaces stay, marked with when that happened.
UPDATE hotspots.measurement AS old
SET superseded_at = now()
FROM matched_result AS matched
WHERE old.sample_id = matched.sample_id
    AND old.id = matched.current_id
    AND NOT matched.is_unchanged

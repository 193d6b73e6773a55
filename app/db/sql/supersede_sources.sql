-- Sources that a corrected one replaces stay, marked with when that happened.
UPDATE hotspots.source AS old
SET superseded_at = now()
FROM matched_source AS matched
WHERE old.id = matched.current_id AND NOT matched.is_unchanged

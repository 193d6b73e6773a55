-- Results that were set aside are settled now.
INSERT INTO staged_result SELECT * FROM doubtful_result

-- Numbers for new samples, ascending. The sequence is looked up once, not for each number.
SELECT nextval((SELECT CAST(pg_get_serial_sequence('hotspots.sample', 'id') AS regclass))) AS id
FROM generate_series(1, :number)
ORDER BY id

-- Imports that wait or are being read for an hour, and that no job will take up any more.
UPDATE hotspots.import AS abandoned
SET
    status = 'refused',
    finished_at = now(),
    report = jsonb_build_object(
        'refusal',
        jsonb_build_object(
            'code', 'loading_stopped',
            'message',
            'Loading stopped before its end; nothing was stored. Send the file again.',
            'row', NULL,
            'column', NULL
        )
    )
WHERE abandoned.status IN ('waiting', 'reading')
    AND abandoned.created_at < now() - interval '1 hour'
    AND NOT EXISTS (
        SELECT 1
        FROM hotspots.job
        WHERE job.kind IN ('import', 'preview')
            AND job.status IN ('queued', 'running')
            AND job.parameters ->> 'import' = 'im_' || replace(abandoned.uid::text, '-', '')
    )

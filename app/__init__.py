"""HTTP, storage, jobs and the web page: the only part that knows a database or a browser."""

"""One function per use case; the only place where storage and numerics meet."""

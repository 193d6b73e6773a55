"""Sessions, the embedded cluster, models, migrations and named SQL."""

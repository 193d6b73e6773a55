"""Readers of file formats: one file and one entry in `ingest.readers.registry` each."""

"""A file in, clean records and a report out; knows no database and no browser.

`ingest.pipeline` is the door: `read_samples`, `read_sources` and `read_in_child`.
Importing this package alone loads nothing heavy.
"""

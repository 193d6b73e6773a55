"""A note of how places were transformed."""

import polars as pl

from ingest.coordinates import ReferenceSystem, describe_transformation
from ingest.findings import FindingLog


def note_transformation(places: pl.DataFrame, system: ReferenceSystem, log: FindingLog) -> None:
    """Note by which operation the coordinates of a file were transformed.

    Parameters
    ----------
    places : polars.DataFrame
        Accepted records with longitude and latitude.
    system : ReferenceSystem
        The reference system of the file.
    log : FindingLog
        Where the note goes.
    """
    if places.is_empty():
        return
    note = describe_transformation(system, places["longitude"][0], places["latitude"][0])
    if note is not None:
        log.add(note)

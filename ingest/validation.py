"""Checks of places against each other, and a note of how they were transformed."""

import polars as pl

from ingest.coordinates import ReferenceSystem, describe_transformation, within_most
from ingest.findings import FindingLog
from ingest.readers.contract import ROW
from ingest.rows import report


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


def suspect_swaps(samples: pl.DataFrame, log: FindingLog) -> None:
    """Point at places that join the others when longitude and latitude are exchanged.

    Parameters
    ----------
    samples : polars.DataFrame
        Accepted samples with coordinates in degrees.
    log : FindingLog
        Where the warnings go; the samples are not changed.
    """
    if samples.height < 5:
        return
    longitude, latitude = samples["longitude"], samples["latitude"]
    is_apart = ~within_most(longitude, longitude) | ~within_most(latitude, latitude)
    is_swapped = is_apart & within_most(latitude, longitude) & within_most(longitude, latitude)
    report(log, "coordinates_maybe_swapped", samples[ROW].filter(is_swapped), None)

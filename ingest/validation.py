"""A note of how places were transformed."""

import polars as pl

from ingest.findings import FindingLog
from ingest.reference_systems import describe_transformation, reference_system


def note_transformation(places: pl.DataFrame, log: FindingLog, noted: set[int]) -> None:
    """Note by which operation the coordinates of a file were transformed.

    Parameters
    ----------
    places : polars.DataFrame
        Accepted records with longitude, latitude and original_epsg.
    log : FindingLog
        Where the notes go.
    noted : set of int
        Reference systems that were noted already; those noted now are added.
    """
    firsts = places.unique("original_epsg", keep="first", maintain_order=True)
    for epsg, longitude, latitude in firsts.select("original_epsg", "longitude", "latitude").rows():
        if epsg not in noted:
            noted.add(epsg)
            log.extend(describe_transformation(reference_system(epsg), longitude, latitude))

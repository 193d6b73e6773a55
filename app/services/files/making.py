"""Files of features by format: one writer each, for the command and for the API."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from app.services.features import Collection, Query
from app.services.features.query import said_of_the_request
from app.services.files.flatgeobuf import write_flatgeobuf
from app.services.files.flow import Flow
from app.services.files.geopackage import write_geopackage
from app.services.files.geoparquet import write_geoparquet
from app.services.files.licences import licences_of
from app.services.files.rows import Reading, read_table
from app.services.files.workbook import write_workbook

# Takes the features, the file and the layer's name.
Writer = Callable[[Flow, Path, str], None]


@dataclass(frozen=True)
class FileFormat:
    """A format that is written whole before it is sent."""

    media_type: str
    write: Writer


FILE_FORMATS = {
    "gpkg": FileFormat("application/geopackage+sqlite3", write_geopackage),
    "fgb": FileFormat("application/vnd.flatgeobuf", write_flatgeobuf),
    "parquet": FileFormat("application/vnd.apache.parquet", write_geoparquet),
    "xlsx": FileFormat(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_workbook
    ),
}


@dataclass(frozen=True)
class Written:
    """How many features a file has, and the data sets they come from."""

    count: int
    datasets: frozenset[str]


def write_file(
    session: Session, collection: Collection, query: Query, path: Path, *, timeout_ms: int
) -> Written:
    """Write the features that satisfy a query; the format is that of the file's name.

    Raises
    ------
    InvalidRequest
        A filter that cannot be computed for every feature.
    """
    with said_of_the_request(query):
        table = read_table(session, collection, query, Reading(timeout_ms))
        flow = Flow(table, partial(licences_of, session))
        with closing(table.batches):
            FILE_FORMATS[path.suffix.removeprefix(".")].write(flow, path, collection.id)
    return Written(flow.count, frozenset(flow.datasets))

"""Collections as streams: some features at a time, so that memory stays flat whatever the size."""

import csv
import io
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.session import Database, hold_still
from app.errors import NotFound
from app.services.features import Collection, Query
from app.services.features.query import said_of_the_request
from app.services.files import FILE_FORMATS, write_file
from app.services.files.flow import Flow
from app.services.files.geojson import geojson, geojson_lines, geojson_sequence
from app.services.files.licences import licences_of
from app.services.files.making import Written
from app.services.files.rows import Form, Reading, read_table
from app.services.files.tables import csv_table
from app.services.pages.ready import ready_features
from app.services.result_exports import find_visible, result_rows

_AT_ONCE = 5_000
_SORTING_MS = 120_000


# Lets others stop what a session computes, while it is inside.
Watch = Callable[[Session], AbstractContextManager[None]]


def unwatched(_session: Session) -> AbstractContextManager[None]:
    """Let nobody stop it."""
    return nullcontext()


@dataclass(frozen=True)
class TextFormat:
    """A format that is sent while it is read."""

    media_type: str
    form: Form
    # Takes features; yields pieces of the file.
    write: Callable[[Flow], Iterator[bytes | memoryview]]


STREAMS = {
    "geojson": TextFormat("application/geo+json", "json", geojson),
    "geojsonseq": TextFormat("application/geo+json-seq", "json", geojson_sequence),
    "geojsonl": TextFormat("application/x-ndjson", "json", geojson_lines),
    "csv": TextFormat("text/csv; charset=utf-8", "text", csv_table),
}


class Subset(NamedTuple):
    """The features of a collection that satisfy a query."""

    collection: Collection
    query: Query = Query()


# What is to be told, how, and how long the database may take.
_Asked = tuple[Subset, TextFormat, int]


@dataclass(frozen=True)
class Download:
    """A file that is still being read; who stops early closes it."""

    media_type: str
    pieces: Iterator[bytes | memoryview | str]
    close: Callable[[], None]


def open_download(
    database: Database,
    pages: Path,
    subset: Subset,
    ending: str,
    *,
    most_seconds: float,
    watch: Watch = unwatched,
) -> Download:
    """Begin a file; the first features are read before returning, and `watch` may stop that.

    Texts that lie ready in the folder of pages are not put together again. All are read in one
    snapshot, so what is imported meanwhile is not among them.

    Raises
    ------
    NotFound, InvalidRequest
        No such format; a filter that names nothing.
    """
    if ending not in STREAMS:
        raise NotFound(
            f"There is no format {ending[:20]!r} to download. There are: "
            f"{', '.join([*STREAMS, *FILE_FORMATS])}."
        )
    most_ms = round(most_seconds * 1000)
    pieces = _pieces(database, pages, (subset, STREAMS[ending], most_ms), watch)
    first = next(pieces, b"")  # a fault is said before the answer begins
    return Download(STREAMS[ending].media_type, chain([first], pieces), pieces.close)


def write_download(
    session: Session,
    pages: Path,
    subset: Subset,
    path: Path,
    *,
    timeout_ms: int,
) -> Written:
    """Write the features that satisfy a query, in any format; it is that of the file's name.

    Texts that lie ready in the folder of pages are not put together again.

    Raises
    ------
    InvalidRequest
        A filter that cannot be computed for every feature.
    """
    text_format = STREAMS.get(path.suffix.removeprefix("."))
    if text_format is None:
        return write_file(session, *subset, path, timeout_ms=timeout_ms)
    with (
        path.open("wb") as file,
        _reading(session, pages, (subset, text_format, timeout_ms)) as (flow, pieces),
    ):
        file.writelines(pieces)
    return Written(flow.count, frozenset(flow.datasets))


def media_type_of(ending: str) -> str:
    """Return the media type of a format."""
    known = STREAMS.get(ending) or FILE_FORMATS[ending]
    return known.media_type


def open_results(database: Database, name: str, watch: Watch = unwatched) -> Download:
    """Begin the results of a data set as a table that is read back as they were.

    Raises
    ------
    NotFound
        There is no such data set that everybody may see.
    """
    rows = _results(database, name, watch)
    next(rows)  # a fault is said before the answer begins
    return Download("text/csv; charset=utf-8", rows, rows.close)


def _results(database: Database, name: str, watch: Watch) -> Generator[str, None, None]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    with database.reading() as session, ExitStack() as watched:
        hold_still(session)
        watched.enter_context(watch(session))
        # Sorting a large data set takes longer than a page may; few downloads run at once.
        session.execute(text(f"SET LOCAL statement_timeout = {_SORTING_MS}"))
        dataset = find_visible(session, name)
        yield ""
        for number, row in enumerate(result_rows(session, dataset), 1):
            writer.writerow(row)
            if number % _AT_ONCE == 0:
                yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    content = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return content


def _pieces(
    database: Database, pages: Path, asked: _Asked, watch: Watch
) -> Generator[bytes | memoryview, None, None]:
    with database.reading() as session:
        hold_still(session)
        reading = _reading(session, pages, asked, is_stream=True)
        with watch(session), reading as (_, pieces):
            yield from pieces


@contextmanager
def _reading(
    session: Session, pages: Path, asked: _Asked, *, is_stream: bool = False
) -> Iterator[tuple[Flow, Iterator[bytes | memoryview]]]:
    (collection, query), text_format, timeout_ms = asked
    lies_ready = (
        ready_features(session, pages, collection, query)
        if text_format.form == "json"
        else nullcontext()
    )
    with said_of_the_request(query), lies_ready as ready:
        reading = Reading(timeout_ms, text_format.form, begins_soon=is_stream)
        table = read_table(session, collection, query, reading)
        flow = Flow(table, partial(licences_of, session), ready)
        if ready is not None and is_stream:
            # Nothing more is asked. A transaction would keep what is deleted meanwhile for as long
            # as the caller takes to read.
            session.connection().connection.rollback()
        with closing(table.batches):
            yield flow, text_format.write(flow)

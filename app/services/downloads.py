"""Collections as streams: a page at a time, so that memory stays flat whatever the size."""

import csv
import io
import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.session import Database, hold_still
from app.errors import NotFound
from app.services.features import Collection, Page, PageRequest, Query, read_page
from app.services.files import FILE_FORMATS
from app.services.files.tables import table_row
from app.services.result_exports import find_visible, result_rows

_PAGE = 5_000
_SORTING_MS = 120_000
_RECORD_SEPARATOR = "\x1e"
# Takes pages of features as GeoJSON text; yields pieces of the file.
Stream = Callable[[Iterator[list[str]]], Iterator[str]]


@dataclass(frozen=True)
class Download:
    """A file that is still being read; who stops early closes it."""

    media_type: str
    pieces: Iterator[str]
    close: Callable[[], None]


def open_download(
    database: Database, collection: Collection, ending: str, query: Query
) -> Download:
    """Begin a file; the first page is read before returning.

    All pages are read in one snapshot, so what is imported meanwhile is in none of them.

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
    media_type, write = STREAMS[ending]
    pages = _pages(database, collection, query)
    first = next(pages)  # a fault is said before the answer begins
    return Download(media_type, write(chain([first], pages)), pages.close)


def open_results(database: Database, name: str) -> Download:
    """Begin the results of a data set as a table that is read back as they were.

    Raises
    ------
    NotFound
        There is no such data set that everybody may see.
    """
    rows = _results(database, name)
    next(rows)  # a fault is said before the answer begins
    return Download("text/csv; charset=utf-8", rows, rows.close)


def _results(database: Database, name: str) -> Generator[str, None, None]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    with database.reading() as session:
        hold_still(session)
        # Sorting a large data set takes longer than a page may; few downloads run at once.
        session.execute(text(f"SET LOCAL statement_timeout = {_SORTING_MS}"))
        dataset = find_visible(session, name)
        yield ""
        for number, row in enumerate(result_rows(session, dataset), 1):
            writer.writerow(row)
            if number % _PAGE == 0:
                yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    content = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return content


def _pages(
    database: Database, collection: Collection, query: Query
) -> Generator[list[str], None, None]:
    with database.reading() as session:
        hold_still(session)
        page = _read(session, collection, query, None)
        yield page.features
        while page.next_cursor is not None:
            page = _read(session, collection, query, page.next_cursor)
            yield page.features


def _read(session: Session, collection: Collection, query: Query, cursor: str | None) -> Page:
    return read_page(session, collection, PageRequest(_PAGE, cursor, query))


def _collection(pages: Iterator[list[str]]) -> Iterator[str]:
    yield '{"type":"FeatureCollection","features":['
    before = "\n"
    for features in pages:
        if features:
            yield before + ",\n".join(features)
            before = ",\n"
    yield "\n]}\n"


def _sequence(pages: Iterator[list[str]]) -> Iterator[str]:
    """Write RFC 8142: every record begins with a separator and is one line."""
    for features in pages:
        yield "".join(f"{_RECORD_SEPARATOR}{_one_line(feature)}\n" for feature in features)


def _lines(pages: Iterator[list[str]]) -> Iterator[str]:
    for features in pages:
        yield "".join(f"{_one_line(feature)}\n" for feature in features)


def _one_line(feature: str) -> str:
    # The database puts line breaks between JSON's parts; inside of a text they are escaped.
    return feature.replace("\n", " ")


def _table(pages: Iterator[list[str]]) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    writer: csv.DictWriter[str] | None = None
    for features in pages:
        for feature in features:
            row: dict[str, Any] = table_row(json.loads(feature))
            if writer is None:
                writer = csv.DictWriter(buffer, fieldnames=list(row))
                writer.writeheader()
            writer.writerow(row)
        yield _taken(buffer)


STREAMS: dict[str, tuple[str, Stream]] = {
    "geojson": ("application/geo+json", _collection),
    "geojsonseq": ("application/geo+json-seq", _sequence),
    "geojsonl": ("application/x-ndjson", _lines),
    "csv": ("text/csv; charset=utf-8", _table),
}

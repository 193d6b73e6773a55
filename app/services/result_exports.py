"""The results of a data set as a table that this service reads back as they were.

Its columns are those of the known format ``soil-hotspots-results`` (`ingest.formats`).
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Dataset, Result, Sample, Site
from app.errors import InvalidRequest, NotFound
from app.services.visibility import visible_datasets
from ingest.excerpt import guard_formula
from ingest.numbers import parse_number
from ingest.reference_systems import reference_system

_AT_ONCE = 5_000
_SAMPLE = ("sample", "site")
_OF_SAMPLE = ("epsg", "depth_upper_cm", "depth_lower_cm", "sampled_from", "sampled_to")
_OF_RESULT = (
    "contaminant",
    "value",
    "unit",
    "basis",
    "censoring",
    "detection_limit",
    "limit_kind",
    "uncertainty",
    "coverage_factor",
    "qualifier",
    "extraction",
    "fraction",
    "replicate",
    "method",
    "laboratory",
    "original_text",
    "original_unit",
    "conversion_factor",
)


def write_results(session: Session, path: Path, dataset: Dataset) -> int:
    """Write the current results of a data set, a row for each; return their number."""
    count = -1  # the header
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in result_rows(session, dataset):
            writer.writerow(row)
            count += 1
    return count


def result_rows(session: Session, dataset: Dataset) -> Iterator[list[str]]:
    """Yield the header, and a row for each current result of a data set.

    The rows are in an order that follows from what they say, so that equal data sets give equal
    files. Samples without results are not among them.
    """
    axes = _axes(session, dataset)
    columns = (
        Sample.code,
        Site.code,
        Sample.easting,
        Sample.original_easting,
        Sample.northing,
        Sample.original_northing,
        Sample.original_epsg,
        Sample.depth_upper_cm,
        Sample.depth_lower_cm,
        Sample.sampled_from,
        Sample.sampled_to,
        *(getattr(Result, name) for name in _OF_RESULT),
    )
    texts = (Result.contaminant, Result.extraction, Result.fraction, Result.replicate)
    statement = (
        select(*columns)
        .select_from(Sample)
        .join(Result, Result.sample_id == Sample.id)
        .outerjoin(Site, Site.id == Sample.site_id)
        .where(Sample.dataset_id == dataset.id, Result.superseded_at.is_(None))
        # the natural keys of samples and of their results
        .order_by(
            Sample.natural_place.collate("C"),
            Sample.depth_upper_cm,
            Sample.depth_lower_cm,
            Sample.sampled_from,
            Sample.sampled_to,
            *(text.collate("C") for text in texts),
        )
        .execution_options(yield_per=_AT_ONCE)
    )
    yield [*_SAMPLE, *axes, *_OF_SAMPLE, *_OF_RESULT, "uncertainty_unit"]
    for code, site, first, first_text, second, second_text, *others in session.execute(statement):
        place = (_coordinate(first, first_text), _coordinate(second, second_text))
        yield _cells((code, site, *place, *_with_kind(others), _spread_unit(others)))


def find_visible(session: Session, name: str) -> Dataset:
    """Return a data set that everybody may see, by its name or id.

    Raises
    ------
    NotFound
        There is none, or it is not for everybody: the answer is the same.
    """
    uid = ids.parse("dataset", name)
    found = session.scalar(
        select(Dataset).where(
            or_(Dataset.name == name, Dataset.uid == uid), Dataset.id.in_(visible_datasets(session))
        )
    )
    if found is None:
        raise NotFound(f"There is no data set {name[:80]!r}.", parameter="dataset")
    return found


def find_for_export(session: Session, name: str | None) -> Dataset:
    """Return the data set whose results are wanted, by its name or id.

    Raises
    ------
    InvalidRequest, NotFound
        None was named, or there is none of that name.
    """
    if name is None:
        raise InvalidRequest("Say whose results with --dataset NAME.", parameter="dataset")
    uid = ids.parse("dataset", name)
    found = session.scalar(select(Dataset).where(or_(Dataset.name == name, Dataset.uid == uid)))
    if found is None:
        raise NotFound(f"There is no data set {name[:80]!r}.", parameter="dataset")
    return found


def _axes(session: Session, dataset: Dataset) -> tuple[str, str]:
    """Return the names of the columns of coordinates.

    Where some places are in degrees and others on a plane, each row's EPSG code tells which.
    """
    codes = session.scalars(
        select(Sample.original_epsg).where(Sample.dataset_id == dataset.id).distinct()
    )
    are_degrees = all(reference_system(code).is_geographic for code in codes)
    return ("longitude", "latitude") if are_degrees else ("easting", "northing")


def _with_kind(others: list[object]) -> list[object]:
    """Name the kind of a limit; what a result lies above is an upper one, as laboratories say."""
    side, limit, kind = (
        len(_OF_SAMPLE) + _OF_RESULT.index(name)
        for name in ("censoring", "detection_limit", "limit_kind")
    )
    if others[limit] is not None:
        named = others[kind] or "unstated"
        others[kind] = f"upper {named}" if others[side] == "right" else named
    return others


def _spread_unit(others: list[object]) -> object:
    """Return the unit of an uncertainty, which is that of its result."""
    spread, unit = (len(_OF_SAMPLE) + _OF_RESULT.index(name) for name in ("uncertainty", "unit"))
    return None if others[spread] is None else others[unit]


def _coordinate(number: float, text: str) -> str:
    """Return the text of the file where it is that number, else the number to its last digit."""
    return text if parse_number(text, ".") == number else _cell(number)


def _cells(values: Iterable[object]) -> list[str]:
    return [guard_formula(_cell(value)) for value in values]


def _cell(value: object) -> str:
    if isinstance(value, float):
        # the shortest text that is read as the same number
        return repr(value).removesuffix(".0")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)

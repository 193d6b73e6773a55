"""What a surface says of places: its distribution, and P against thresholds and laws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from app.db.models import Surface
from app.errors import InvalidRequest
from app.services.storage import FileStore
from app.services.surfaces.against import Against
from app.services.surfaces.distribution import distribution_of, refusals
from spatial.coordinates import transform_places
from spatial.distributions.contract import Distribution
from spatial.raster import BLOCK_SIZE

_QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """What is asked at every place besides the distribution itself.

    `candidates` are values of a law, as `Resolution.to_json` tells them, to be held against it.
    """

    against: Against = field(default_factory=Against)
    candidates: Sequence[Mapping[str, Any]] = ()


def values_at(
    store: FileStore,
    surface: Surface,
    longitudes: Sequence[float],
    latitudes: Sequence[float],
    question: Question,
) -> list[dict[str, Any]]:
    """Return what a surface says of places, in their order; `inside` is false where nothing.

    Raises
    ------
    Unprocessable
        A probability that the surface cannot give, with what could.
    """
    distribution = distribution_of(surface)
    threshold = question.against.threshold
    if threshold is not None:
        with refusals():
            distribution.probability(threshold)
    cells = _cells(store, surface, longitudes, latitudes)
    told = _told(distribution, cells, question, surface)
    # NaN is what lies outside, and of a surface's bands either all are known or none.
    inside: NDArray[np.bool_] = ~np.any(np.isnan(np.stack(list(cells.values()))), axis=0)
    answers = []
    for place, (longitude, latitude) in enumerate(zip(longitudes, latitudes, strict=True)):
        answer: dict[str, Any] = {
            "longitude": longitude,
            "latitude": latitude,
            "unit": surface.unit,
            "threshold": threshold,
            "inside": bool(inside[place]),
        }
        if inside[place]:
            answer |= _picked(told, place)
        answers.append(answer)
    return answers


def value_at(
    store: FileStore,
    surface: Surface,
    longitude: float,
    latitude: float,
    threshold: float | None,
) -> dict[str, Any]:
    """Return what a surface says of one place."""
    if threshold is not None and threshold <= 0:
        raise InvalidRequest("threshold must be above 0.", parameter="threshold")
    question = Question(Against(threshold))
    return values_at(store, surface, [longitude], [latitude], question)[0]


def _told(
    distribution: Distribution, cells: Mapping[str, Floats], question: Question, surface: Surface
) -> dict[str, Any]:
    """Return everything that is told of cells, arrays where it will be a number."""
    told: dict[str, Any] = {name: cells[name] for name in distribution.plain_bands}
    if distribution.thresholds is None:
        told["quantiles"] = {
            name: distribution.quantile(share).of(cells) for name, share in _QUANTILES.items()
        }
    threshold = question.against.threshold
    if threshold is not None:
        told["probability"] = distribution.probability(threshold).of(cells)
        error = distribution.sampling_error(threshold)
        if error is not None:
            told["sampling_error"] = error.of(cells)
    if question.candidates:
        told["guidelines"] = [
            dict(candidate) | _against(distribution, cells, candidate, surface)
            for candidate in question.candidates
        ]
    return told


def _against(
    distribution: Distribution,
    cells: Mapping[str, Floats],
    candidate: Mapping[str, Any],
    surface: Surface,
) -> dict[str, Any]:
    """Return the probability that a law's value is exceeded, or null with why there is none."""
    if candidate["unit"] != surface.unit:
        return {"probability": None, "why_not": f"It is in {candidate['unit']}."}
    known = distribution.thresholds
    if known is not None and candidate["value"] not in known:
        return {"probability": None, "why_not": "The surface knows no probability of it."}
    return {"probability": distribution.probability(candidate["value"]).of(cells)}


def _picked(told: Any, place: int) -> Any:
    """Return the numbers of one place."""
    if isinstance(told, dict):
        return {name: _picked(value, place) for name, value in told.items()}
    if isinstance(told, list):
        return [_picked(value, place) for value in told]
    return float(told[place]) if isinstance(told, np.ndarray) else told


def _cells(
    store: FileStore, surface: Surface, longitudes: Sequence[float], latitudes: Sequence[float]
) -> dict[str, Floats]:
    """Return the bands at places, NaN outside; each block of the file is read once."""
    eastings, northings = transform_places(longitudes, latitudes, 4326, surface.epsg)
    with np.errstate(invalid="ignore"):
        columns = np.floor((eastings - surface.west) / surface.cell_size)
        rows = np.floor((surface.north - northings) / surface.cell_size)
        inside = (columns >= 0) & (columns < surface.columns)
        inside &= (rows >= 0) & (rows < surface.rows)
    found = np.full((len(surface.bands), len(eastings)), np.nan)
    places = np.nonzero(inside)[0]
    at_rows, at_columns = rows[places].astype(np.int64), columns[places].astype(np.int64)
    blocks = at_rows // BLOCK_SIZE * (surface.columns // BLOCK_SIZE + 1) + at_columns // BLOCK_SIZE
    with rasterio.open(store.surface_path(surface.uid), driver="GTiff") as dataset:
        for block in np.unique(blocks):
            chosen = blocks == block
            top, left = int(at_rows[chosen].min()), int(at_columns[chosen].min())
            height = int(at_rows[chosen].max()) + 1 - top
            width = int(at_columns[chosen].max()) + 1 - left
            window = Window(left, top, width, height)
            cells = at_rows[chosen] - top, at_columns[chosen] - left
            # A band at a time: a thousand realisations of a block are half a gigabyte.
            for band in range(len(surface.bands)):
                numbers = dataset.read(band + 1, window=window)
                found[band, places[chosen]] = numbers[cells]
    return dict(zip(surface.bands, found, strict=True))

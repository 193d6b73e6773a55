"""Which results a surface is built from, as arrays, with a count of what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Contaminant, Dataset, Result, Sample
from app.errors import NotFound, Unprocessable
from app.services.surfaces.order import SurfaceOrder
from app.services.visibility import is_among, visible_datasets, visible_within
from spatial.coordinates import transform_places
from spatial.hotspots.samples import Samples


@dataclass(frozen=True)
class Selection:
    """Results as arrays of one length, in Hilbert order; `values` are in `unit`.

    `eastings` and `northings` are as given, in `common_epsg` where all samples share one.

    The value of a result below its detection limit (`is_censored`) is the limit; the model is told
    which they are.
    """

    sample_ids: NDArray[np.int64]
    dataset_ids: tuple[int, ...]
    longitudes: NDArray[np.float64]
    latitudes: NDArray[np.float64]
    eastings: NDArray[np.float64]
    northings: NDArray[np.float64]
    values: NDArray[np.float64]
    is_censored: NDArray[np.bool_]
    unit: str
    common_epsg: int | None
    counts: dict[str, int]
    extractions: dict[str, int]
    warnings: tuple[str, ...]

    @property
    def halved(self) -> NDArray[np.float64]:
        """Values with half the limit in place of each result below it, for plain summaries."""
        return np.where(self.is_censored, 0.5 * self.values, self.values)

    def places_on(self, epsg: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the samples' eastings and northings (m) in a projected system."""
        if self.common_epsg == epsg:
            return self.eastings, self.northings
        return transform_places(self.longitudes, self.latitudes, 4326, epsg)


def samples_on(selection: Selection, epsg: int) -> Samples:
    """Return selected results as definitions of hotspots see them.

    Raises
    ------
    SpatialError
        Where a place has no coordinates in that system.
    """
    places = np.column_stack(selection.places_on(epsg))
    return Samples.of(places, selection.values, selection.is_censored)


def select_results(
    session: Session,
    order: SurfaceOrder,
    contaminant: Contaminant,
    visible: Sequence[int] | None = None,
) -> Selection:
    """Return the results an order asks for; of `visible` data sets alone where these are stated.

    Raises
    ------
    NotFound
        A data set that does not exist or may not be seen.
    Unprocessable
        No result is left, or results of different units.
    """
    keys = dataset_keys(session, order, visible)
    everything = and_(
        Result.contaminant == contaminant.code,
        Result.superseded_at.is_(None),
        Sample.dataset_id.in_(keys),
    )
    statement = (
        select(
            Sample.id,
            Sample.dataset_id,
            func.ST_X(Sample.geom),
            func.ST_Y(Sample.geom),
            Sample.easting,
            Sample.northing,
            Sample.original_epsg,
            Result.value,
            Result.censoring,
            Result.detection_limit,
            Result.unit,
            Result.extraction,
        )
        .join(Result, Result.sample_id == Sample.id)
        .where(everything, *_conditions(order))
        .order_by(Sample.hilbert, Sample.id, Result.id)
    )
    rows = session.execute(statement).all()
    found = select(func.count()).select_from(Sample).join(Result, Result.sample_id == Sample.id)
    found = found.where(everything)
    unknown = and_(true(), *(condition for condition in _asked(order))).is_(None)
    total, undecided = session.scalar(found) or 0, session.scalar(found.where(unknown)) or 0
    counts = {"found": total, "left_out_by_selection": total - len(rows)}
    if order.include_unknown:
        counts["unknown_included"] = undecided
    else:
        counts["left_out_by_selection"] -= undecided
        counts["unknown_left_out"] = undecided
    # A data set that was named shows in the card, also where none of its results was used.
    named = tuple(sorted(keys)) if order.datasets else None
    return _as_arrays(rows, order, contaminant, counts, named)


def dataset_keys(
    session: Session, order: SurfaceOrder, visible: Sequence[int] | None = None
) -> list[int]:
    """Return the keys of the data sets an order names, or of all public ones.

    One that is named and not `visible` does not exist; without `visible` the operator asks.

    Raises
    ------
    NotFound
        A data set that does not exist.
    """
    if not order.datasets:
        return visible_datasets(session)
    statement = select(Dataset.id, Dataset.name, Dataset.uid).where(is_asked_for(order))
    if visible is not None:
        statement = statement.where(Dataset.id.in_(visible))
    found = session.execute(statement).all()
    refuse_missing(order, [(name, uid) for _, name, uid in found])
    return [key for key, *_ in found]


def is_asked_for(order: SurfaceOrder) -> ColumnElement[bool]:
    """Return the condition that a data set is one that an order names, or else a public one."""
    if not order.datasets:
        return is_among(Dataset.id, visible_within())
    uids = [ids.parse("dataset", name) for name in order.datasets]
    return or_(Dataset.name.in_(order.datasets), Dataset.uid.in_([uid for uid in uids if uid]))


def refuse_missing(order: SurfaceOrder, found: Sequence[tuple[str, UUID]]) -> None:
    """Refuse an order that names data sets beside those of the names and ids that were found.

    Raises
    ------
    NotFound
        A data set that does not exist.
    """
    known = {name for name, _ in found} | {ids.show("dataset", uid) for _, uid in found}
    missing = [name for name in order.datasets if name not in known]
    if missing:
        raise NotFound(f"There is no data set {missing[0][:80]!r}.", parameter="datasets")


def _conditions(order: SurfaceOrder) -> list[ColumnElement[bool]]:
    if order.include_unknown:
        # A condition on something unknown is neither true nor false.
        return [func.coalesce(condition, true()) for condition in _asked(order)]
    return _asked(order)


def _asked(order: SurfaceOrder) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if order.depth_upper_cm is not None and order.depth_lower_cm is not None:
        conditions.append(_depth(order))
    if order.sampled_from is not None:
        conditions.append(Sample.sampled_to >= date.fromisoformat(order.sampled_from))
    if order.sampled_to is not None:
        conditions.append(Sample.sampled_from <= date.fromisoformat(order.sampled_to))
    if order.extraction is not None:
        conditions.append(Result.extraction == order.extraction)
    if order.fraction is not None:
        conditions.append(Result.fraction == order.fraction)
    return conditions


def _depth(order: SurfaceOrder) -> ColumnElement[bool]:
    upper, lower = order.depth_upper_cm, order.depth_lower_cm
    contained = and_(Sample.depth_upper_cm >= upper, Sample.depth_lower_cm <= lower)
    if order.depth_rule == "contained":
        return contained
    overlap = func.least(Sample.depth_lower_cm, lower) - func.greatest(Sample.depth_upper_cm, upper)
    half: ColumnElement[bool] = overlap >= 0.5 * (Sample.depth_lower_cm - Sample.depth_upper_cm)
    # A sample from one depth has no thickness: it lies inside or it does not.
    return or_(contained, and_(half, overlap > 0))


def _as_arrays(
    rows: Any,
    order: SurfaceOrder,
    contaminant: Contaminant,
    counts: dict[str, int],
    named: tuple[int, ...] | None,
) -> Selection:
    units = {row.unit for row in rows}
    if len(units) > 1:
        raise Unprocessable(
            f"The results of {contaminant.name_en} have different units "
            f"({', '.join(sorted(units))}) that cannot be compared. Choose data sets of one unit."
        )
    kept, modelled = [], []
    for row in rows:
        value = _modelled(row, order.transform, counts)
        if value is not None:
            kept.append(row)
            modelled.append(value)
    if not kept:
        raise Unprocessable(
            f"No result of {contaminant.name_en} fits the selection ({counts['found']} were "
            "found without it). Widen the depth window or the period, or allow unknowns."
        )
    counts["used"] = len(kept)
    epsgs = {row.original_epsg for row in kept}
    extractions: dict[str, int] = {}
    for row in kept:
        name = row.extraction or "not stated"
        extractions[name] = extractions.get(name, 0) + 1
    return Selection(
        sample_ids=np.array([row.id for row in kept], np.int64),
        dataset_ids=named or tuple(sorted({row.dataset_id for row in kept})),
        longitudes=np.array([row[2] for row in kept], np.float64),
        latitudes=np.array([row[3] for row in kept], np.float64),
        eastings=np.array([row.easting for row in kept], np.float64),
        northings=np.array([row.northing for row in kept], np.float64),
        values=np.array(modelled, np.float64),
        is_censored=np.array([row.censoring == "left" for row in kept], np.bool_),
        unit=units.pop(),
        common_epsg=epsgs.pop() if len(epsgs) == 1 else None,
        counts=counts,
        extractions=extractions,
        warnings=_warnings(counts, extractions),
    )


def _modelled(row: Any, transform: str, counts: dict[str, int]) -> float | None:
    """Return the number that stands for a result in the model, or None where none can."""
    if row.censoring == "right":
        counts["above_range_left_out"] = counts.get("above_range_left_out", 0) + 1
        return None
    if row.censoring == "left" and row.detection_limit is None:
        counts["unknown_limit_left_out"] = counts.get("unknown_limit_left_out", 0) + 1
        return None
    if row.censoring == "left":
        counts["below_limit"] = counts.get("below_limit", 0) + 1
        return float(row.detection_limit)
    if row.value == 0.0 and transform == "ln":
        counts["zero_left_out"] = counts.get("zero_left_out", 0) + 1
        return None
    return float(row.value)


def _warnings(counts: dict[str, int], extractions: dict[str, int]) -> tuple[str, ...]:
    warnings = []
    if undecided := counts.get("unknown_included"):
        warnings.append(
            f"Of {undecided} results it is not known whether they fit the selection (depth, date, "
            "extraction or fraction not stated); they were asked for and are included."
        )
    if unknown := counts.get("unknown_limit_left_out"):
        warnings.append(
            f"{unknown} results were not detected, but their detection limit is not stated; they "
            "are left out, so low values are missing."
        )
    if zeros := counts.get("zero_left_out"):
        warnings.append(
            f"{zeros} results are reported as 0 without a detection limit and are left out: the "
            "logarithm of 0 does not exist, so low values may be missing."
        )
    if above := counts.get("above_range_left_out"):
        warnings.append(
            f"{above} results are above the laboratory's range, without a number, and are left "
            "out: the highest values may be missing."
        )
    if len(extractions) > 1:
        listed = ", ".join(f"{name} ({n})" for name, n in sorted(extractions.items()))
        warnings.append(
            f"Results of different extractions are mixed: {listed}. They may not be comparable."
        )
    return tuple(warnings)

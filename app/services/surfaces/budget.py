"""What a surface may cost, and what it will: asked before anything runs."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.db.session import Database
from app.errors import InvalidRequest, Unprocessable
from app.services.registries import find_contaminant
from app.services.surfaces.order import DEFAULT_REALISATIONS, MIN_CELL_SIZE, SurfaceOrder
from app.services.surfaces.planes import choose_plane, place_outline, suggested_cell_size
from app.services.surfaces.selection import Selection, select_results
from app.settings import LimitSettings, Settings
from spatial.coordinates import Bounds
from spatial.errors import GridTooLargeError, SpatialError, TooExpensiveError

if TYPE_CHECKING:
    from spatial.interpolation.preflight import Estimate
    from spatial.interpolation.request import SurfaceRequest


@dataclass(frozen=True)
class Budget:
    """The limits of one surface and the processes it gets."""

    limits: LimitSettings
    processes: int = 1

    @classmethod
    def of(cls, settings: Settings) -> "Budget":
        """Return the budget of an installation."""
        return cls(settings.limits, settings.compute.compute_processes)

    def check(self, estimate: "Estimate") -> None:
        """Refuse what would cost more.

        Raises
        ------
        Unprocessable
            With what is too much, and the cell size that would do where there is one.
        """
        from spatial.interpolation.preflight import Limits, check_affordable

        limits = self.limits
        try:
            check_affordable(
                estimate,
                Limits(
                    limits.surface_max_cells,
                    limits.surface_max_seconds,
                    limits.surface_memory_bytes,
                ),
            )
        except (GridTooLargeError, TooExpensiveError) as error:
            suggested = error.suggested_cell_size
            details = {} if suggested is None else {"suggested_cell_size": suggested}
            raise Unprocessable(str(error), **details) from error


def estimate(database: Database, order: SurfaceOrder, budget: Budget) -> dict[str, Any]:
    """Return what an order would cost, and whether it is allowed; nothing is calculated.

    Raises
    ------
    NotFound, InvalidRequest, Unprocessable
        As building it would.
    """
    order.check()
    with database.reading() as session:
        selection = select_results(session, order, find_contaminant(session, order.contaminant))
    epsg = choose_plane(order, selection).epsg
    try:
        found = estimate_order(order, selection, epsg, budget)
    except SpatialError as error:
        raise Unprocessable(str(error)) from error
    answer = found.to_json() | {"is_allowed": True}
    try:
        budget.check(found)
    except Unprocessable as refusal:
        return answer | {"is_allowed": False, "refusal": refusal.message} | refusal.details
    return answer


def estimate_order(
    order: SurfaceOrder, selection: Selection, epsg: int, budget: Budget
) -> "Estimate":
    """Return what an order would cost on the results it selects."""
    from spatial.interpolation.preflight import Machine, estimate_surface

    bounds = Bounds.of(*selection.places_on(epsg))
    outline = place_outline(order, epsg)
    return estimate_surface(
        request_of(order, bounds, selection, budget.limits.surface_max_cells),
        len(selection.values),
        bounds,
        None if outline is None else Bounds(*outline.bounds),
        Machine(budget.processes, os.cpu_count() or 1),
        int(selection.is_censored.sum()),
    )


def request_of(
    order: SurfaceOrder, bounds: Bounds, selection: Selection, max_cells: int
) -> "SurfaceRequest":
    """Return what the numerics are asked for."""
    # Here and not above: compilers and kernels have no place in a process that only serves.
    from spatial.interpolation.request import SurfaceRequest

    return SurfaceRequest(
        cell_size=_cell_size(order, bounds, len(selection.values)),
        method=order.method,
        transform=order.transform,
        neighbours=order.neighbours,
        censoring=order.censoring,
        thresholds=order.thresholds,
        simulations=order.realisations or DEFAULT_REALISATIONS,
        block_size=order.block_size,
        seed=order.seed,
        max_cells=max_cells,
    )


def _cell_size(order: SurfaceOrder, bounds: Bounds, sample_count: int) -> float:
    if order.cell_size is None:
        return suggested_cell_size(bounds, sample_count)
    if order.cell_size > max(bounds.diagonal, MIN_CELL_SIZE):
        raise InvalidRequest(
            f"A cell of {order.cell_size:g} m is larger than the whole extent of the samples "
            f"({bounds.diagonal:,.0f} m). Choose a smaller one.",
            parameter="cell_size",
        )
    return order.cell_size

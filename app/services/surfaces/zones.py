"""What a surface says of an area, and how surely: mean, maximum, area above a threshold."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from app.db.models import Surface
from app.services.geometry import transform_geometry
from app.services.storage import FileStore
from app.services.surfaces.distribution import distribution_of, refusals
from app.services.surfaces.peaks import grid_of
from spatial.distributions.contract import Distribution
from spatial.distributions.realisations import Realisations
from spatial.errors import NoQuantityError
from spatial.grids import Tile
from spatial.raster import PIECE_SIZE

_SHARES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
Floats = NDArray[np.float64]


def zonal(
    store: FileStore, surface: Surface, zone: BaseGeometry, threshold: float | None
) -> dict[str, Any]:
    """Return what a surface says of the cells whose middles lie in an area in degrees.

    Raises
    ------
    Unprocessable
        A probability that the surface cannot give, with what could.
    """
    distribution = distribution_of(surface)
    with refusals():
        if threshold is not None:
            distribution.probability(threshold)
    on_plane = transform_geometry(zone, 4326, surface.epsg)
    sums = _Sums(distribution, threshold)
    with rasterio.open(store.surface_path(surface.uid), driver="GTiff") as dataset:
        for tile, inside in _blocks(surface, on_plane):
            window = Window(tile.column, tile.row, tile.columns, tile.rows)
            # A band at a time, so that only what lies inside is held.
            cells = np.stack(
                [
                    dataset.read(band + 1, window=window)[inside].astype(np.float64)
                    for band in range(len(surface.bands))
                ]
            )
            known = ~np.isnan(cells).any(axis=0)
            sums.add(dict(zip(surface.bands, cells[:, known], strict=True)))
    cell_m2 = surface.cell_size**2
    answer: dict[str, Any] = {
        "unit": surface.unit,
        "threshold": threshold,
        "cells": sums.count,
        "area_m2": sums.count * cell_m2,
        # Of the drawn area, so that one half outside of the surface is seen.
        "drawn_area_m2": on_plane.area if math.isfinite(on_plane.area) else None,
    }
    return answer if sums.count == 0 else answer | sums.told(cell_m2)


def _blocks(surface: Surface, zone: BaseGeometry) -> Iterator[tuple[Tile, NDArray[np.bool_]]]:
    """Yield the pieces of the surface that the zone touches, and which of their cells lie in it."""
    grid = grid_of(surface)
    west, south, east, north = zone.bounds
    if not all(map(math.isfinite, (west, south, east, north))):
        return
    for tile in grid.tiles(PIECE_SIZE):
        left, top = grid.corner(tile.row, tile.column)
        right, bottom = grid.corner(tile.row + tile.rows, tile.column + tile.columns)
        if left >= east or right <= west or bottom >= north or top <= south:
            continue
        inside = rasterize(
            [zone],
            out_shape=(tile.rows, tile.columns),
            transform=rasterio.Affine(grid.cell_size, 0.0, left, 0.0, -grid.cell_size, top),
            dtype="uint8",
        ).astype(bool)
        if inside.any():
            yield tile, inside


@dataclass
class _Sums:
    """What is added up block by block, so that memory does not grow with the area."""

    distribution: Distribution
    threshold: float | None
    count: int = 0
    mean: float = 0.0
    highest: float = -math.inf
    expected: float = 0.0
    variance: float = 0.0
    # How many cells exceed with a probability of more than these.
    surely: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SHARES, 0))
    # Of each realisation: the sum of its cells, and how many of them exceed.
    drawn_sums: Floats | None = None
    drawn_above: Floats | None = None

    def add(self, cells: dict[str, Floats]) -> None:
        size = len(next(iter(cells.values())))
        if not size:
            return
        self.count += size
        shown = self._shown(cells)
        if shown is not None:
            self.mean += float(shown.sum())
            self.highest = max(self.highest, float(shown.max()))
        if self.threshold is not None:
            share = self.distribution.probability(self.threshold).of(cells)
            self.expected += float(share.sum())
            self.variance += float((share * (1.0 - share)).sum())
            for name, level in _SHARES.items():
                self.surely[name] += int((share > 1.0 - level).sum())
        if isinstance(self.distribution, Realisations):
            self._add_drawn(np.stack([cells[name] for name in self.distribution.drawn]))

    def _shown(self, cells: dict[str, Floats]) -> Floats | None:
        """Return the mean of each cell, else the only estimate there is, else nothing."""
        for ask in (self.distribution.mean, self.distribution.concentration):
            try:
                return ask().of(cells)
            except NoQuantityError:
                continue
        return None

    def _add_drawn(self, drawn: Floats) -> None:
        if self.drawn_sums is None or self.drawn_above is None:
            self.drawn_sums = np.zeros(len(drawn))
            self.drawn_above = np.zeros(len(drawn))
        self.drawn_sums += drawn.sum(axis=1)
        if self.threshold is not None:
            self.drawn_above += (drawn > self.threshold).sum(axis=1)

    def told(self, cell_m2: float) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        if math.isfinite(self.highest):
            answer["mean"] = {"value": self.mean / self.count} | self._mean_spread()
            answer["maximum"] = {"value": self.highest, "of": "means of cells"}
        if self.threshold is not None:
            answer["above"] = self._above(cell_m2)
        return answer

    def _mean_spread(self) -> dict[str, Any]:
        if self.drawn_sums is None:
            return {
                "quantiles": None,
                "assumes": "how cells vary together is not kept in this surface; build one with "
                "method simulation for the uncertainty of a mean",
            }
        return {
            "quantiles": _quantiles(self.drawn_sums / self.count),
            "assumes": "realisations: how cells vary together is that of the model",
        }

    def _above(self, cell_m2: float) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "area_m2": self.expected * cell_m2,
            "share": self.expected / self.count,
        }
        if self.drawn_above is not None:
            return answer | {
                "quantiles_m2": _quantiles(self.drawn_above * cell_m2),
                "assumes": "realisations: how cells vary together is that of the model",
            }
        # The expected area is exact; its spread lies between that of cells that know nothing of
        # each other and that of cells that all rise and fall together.
        spread = math.sqrt(self.variance)
        independent = {
            name: max(0.0, self.expected + step * spread) * cell_m2
            for name, step in (("p05", -1.6448536), ("p50", 0.0), ("p95", 1.6448536))
        }
        together = {name: count * cell_m2 for name, count in self.surely.items()}
        return answer | {
            "quantiles_m2": None,
            "if_independent_m2": independent,
            "if_together_m2": together,
            "assumes": "how cells vary together is not kept in this surface: the truth lies "
            "between independent cells (too narrow) and cells that rise and fall together (too "
            "wide); build one with method simulation to know it",
        }


def _quantiles(numbers: Floats) -> dict[str, float]:
    return {name: float(np.quantile(numbers, share)) for name, share in _SHARES.items()}

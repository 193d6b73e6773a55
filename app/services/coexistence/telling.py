"""What is said of contaminants that exceed together: as JSON, as a table, as places on a map."""

import csv
import io
import math
from typing import Any

import numpy as np

from app.services.coexistence.places import Looked, Together
from spatial.mixtures.pairs import BELOW, EXCEEDS, Pair

_CAUTION = (
    "The test takes places as independent; neighbouring ones are not, so that p is too small: it "
    "ranks pairs and proves no common source."
)
PAIR_COLUMNS = (
    "first", "second", "places", "both", "first_only", "second_only", "neither", "jaccard", "lift",
    "odds_ratio", "p_value", "q_value", "kendall_tau", "measured_places",
)  # fmt: skip


def tell(together: Together) -> dict[str, Any]:
    """Return pairs, groups, and what each contaminant does by itself."""
    return {
        "places": len(together.longitudes),
        "contaminants": [
            _contaminant(together, j, one) for j, one in enumerate(together.contaminants)
        ],
        "pairs": _pairs(together),
        "groups": [
            {
                "contaminants": list(group.contaminants),
                "places": group.places,
                "together": group.together,
                "alone": group.alone,
                "share": group.share,
            }
            for group in together.groups
        ],
        "note": _CAUTION,
    }


def _contaminant(together: Together, j: int, one: Looked) -> dict[str, Any]:
    flags, selection = together.flags[:, j], one.selection
    measured = int((~np.isnan(together.table.values[:, j])).sum())
    decided = int(((flags == EXCEEDS) | (flags == BELOW)).sum())
    return {
        "contaminant": one.contaminant.code,
        "name": one.contaminant.name_en,
        "threshold": one.threshold.value,
        "unit": selection.unit,
        "guideline": one.threshold.guideline_id,
        "because": one.threshold.sentence,
        "results": len(selection.values),
        "places": measured,
        "exceeding": int((flags == EXCEEDS).sum()),
        "undecided": measured - decided,
        "warnings": list(selection.warnings),
    }


def _pairs(together: Together) -> list[dict[str, Any]]:
    return [
        _pair(pair, tau, measured)
        for pair, (tau, measured) in zip(together.pairs, together.taus, strict=True)
    ]


def _pair(pair: Pair, tau: float | None, measured: int) -> dict[str, Any]:
    figures = (
        pair.first, pair.second, pair.places, pair.both, pair.first_only, pair.second_only,
        pair.neither, pair.jaccard, pair.lift, float(np.exp(pair.log_odds_ratio)), pair.p_value,
        pair.q_value, tau, measured,
    )  # fmt: skip
    return dict(zip(PAIR_COLUMNS, figures, strict=True))


def pairs_as_csv(together: Together) -> str:
    """Return the pairs as a table; what does not exist is empty."""
    out = io.StringIO()
    table = csv.DictWriter(out, PAIR_COLUMNS, lineterminator="\r\n")
    table.writeheader()
    table.writerows(_pairs(together))
    return out.getvalue()


def places_as_geojson(together: Together, at_least: int = 1) -> dict[str, Any]:
    """Return the places where so many exceed, each with what every contaminant does there."""
    counts = (together.flags == EXCEEDS).sum(axis=1)
    return {
        "type": "FeatureCollection",
        "features": [_place(together, int(row)) for row in np.flatnonzero(counts >= at_least)],
    }


def _place(together: Together, row: int) -> dict[str, Any]:
    codes, flags = together.codes, together.flags[row]
    values, silent = together.table.values[row], together.table.is_censored[row]
    measured = ~np.isnan(values)
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point",
            "coordinates": [float(together.longitudes[row]), float(together.latitudes[row])],
        },
        "properties": {
            "exceeding": [code for code, flag in zip(codes, flags, strict=True) if flag == EXCEEDS],
            "count": int((flags == EXCEEDS).sum()),
            "undecided": [
                code
                for j, code in enumerate(codes)
                if measured[j] and flags[j] not in {EXCEEDS, BELOW}
            ],
            "not_measured": [code for code, is_known in zip(codes, measured, strict=True)
                             if not is_known],
            "values": {
                code: {
                    "value": float(values[j]),
                    "is_limit": bool(silent[j]),
                    "ratio": _ratio(float(values[j]), together.contaminants[j].threshold.value),
                    "unit": together.contaminants[j].selection.unit,
                }
                for j, code in enumerate(codes)
                if measured[j]
            },
        },
    }  # fmt: skip


def _ratio(value: float, threshold: float) -> float | None:
    """Return how many times the threshold a value is, where a number can tell."""
    ratio = value / threshold
    return ratio if math.isfinite(ratio) else None

"""What layers of several contaminants say: part by part, polygon by polygon."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Sample
from app.services.hotspots.answer import Answer
from app.services.hotspots.task import Part
from spatial.hotspots.finding import Hotspot as Spot
from spatial.hotspots.mixture_statistics import ContaminantStatistics, MixtureStatistics

# The unit of a layer of several contaminants: results over their thresholds.
RATIO = "ratio"
# Combinations rarer than this are not told.
LEAST_PROBABILITY = 1e-6


def part_rows(answer: Answer, layer_id: int) -> list[dict[str, Any]]:
    """Return the rows that say which surface and value each contaminant has."""
    rows = []
    for position, (part, gathered) in enumerate(
        zip(answer.task.parts, answer.gathered, strict=True)
    ):
        surface = part.source.surface
        assert surface is not None  # noqa: S101 - parts of several look at surfaces
        rows.append(
            {
                "layer_id": layer_id,
                "position": position,
                "contaminant": part.source.contaminant.code,
                "surface_id": surface.id,
                "guideline_id": part.guideline_id,
                "threshold": part.value,
                "unit": gathered.selection.unit,
                "extraction_note": part.order.extraction_note,
            }
        )
    return rows


def mixture_card(
    answer: Answer, parts: Sequence[dict[str, Any]], warnings: Sequence[str]
) -> dict[str, Any]:
    """Return what the card of a layer of several contaminants tells of them."""
    components = [
        {
            "contaminant": part.source.contaminant.code,
            "name": part.source.contaminant.name_en,
            "unit": gathered.selection.unit,
            "guideline": _citation(part),
            "extraction_note": part.order.extraction_note,
        }
        | told
        for part, gathered, told in zip(answer.task.parts, answer.gathered, parts, strict=True)
    ]
    own = [f"{one['name']}: {warning}" for one in components for warning in one["warnings"]]
    land_uses = {_land_use(one) for one in parts}
    return {
        "support": "point",
        "components": components,
        "land_use": land_uses.pop() if len(land_uses) == 1 else None,
        "warnings": [*warnings, *own],
    }


def _citation(part: Part) -> dict[str, Any] | None:
    value = None if part.threshold is None else part.threshold.guideline
    if value is None:
        return None
    cited = [text for text in (value.legal_name, value.source_table) if text]
    return {
        "id": value.id,
        "framework": value.framework,
        "value": value.value,
        "unit": value.unit,
        "land_use": value.land_use,
        "citation": ", ".join(cited),
        "url": value.source_url,
        "verified": value.verified,
    }


def _land_use(card: dict[str, Any]) -> str | None:
    choice = (card["threshold"] or {}).get("choice") or {}
    land_use: str | None = choice.get("place", {}).get("land_use")
    return land_use


def mixtures_of(
    session: Session, answer: Answer
) -> list[tuple[list[str], str, dict[str, Any] | None]]:
    """Return for each polygon its contaminants, its sentence and its figures."""
    spots = answer.found.hotspots
    shown = _samples_shown(session, answer, spots)
    codes = [part.source.contaminant.code for part in answer.task.parts]
    told: list[tuple[list[str], str, dict[str, Any] | None]] = []
    for spot in spots:
        mixture = _mixture(spot)
        listed = [codes[j] for j in mixture.listed]
        told.append((listed, _sentence(answer, spot), _figures(answer, mixture, codes, shown)))
    return told


def _mixture(spot: Spot) -> MixtureStatistics:
    assert spot.mixture is not None  # noqa: S101 - definitions of several contaminants give it
    return spot.mixture


def _samples_shown(session: Session, answer: Answer, spots: Iterable[Spot]) -> dict[int, str]:
    """Return the ids of the samples with the highest results, as they are shown outside."""
    keys = {
        _key(answer, j, one)
        for spot in spots
        for j, one in enumerate(_mixture(spot).contaminants)
        if one.samples.maximum_index is not None
    }
    rows = session.execute(select(Sample.id, Sample.uid).where(Sample.id.in_(keys)))
    return {key: ids.show("sample", uid) for key, uid in rows}


def _key(answer: Answer, j: int, one: ContaminantStatistics) -> int | None:
    index = one.samples.maximum_index
    return None if index is None else int(answer.gathered[j].selection.sample_ids[index])


def _figures(
    answer: Answer, mixture: MixtureStatistics, codes: list[str], shown: dict[int, str]
) -> dict[str, Any]:
    likeliest = sorted(enumerate(mixture.combinations), key=lambda one: -one[1])
    is_open = any(one.remaining_share is None for one in mixture.contaminants)
    return {
        "at_least": answer.task.order.complete()["at_least"],
        "combinations": [
            {"contaminants": _of_bits(codes, bits), "probability": round(probability, 6)}
            for bits, probability in likeliest
            if probability >= LEAST_PROBABILITY
        ],
        "expected_number": mixture.expected_number,
        "sum_of_ratios": mixture.sum_of_ratios,
        "dominant": None if mixture.dominant is None else codes[mixture.dominant],
        "drivers": None if is_open else [codes[j] for j in mixture.drivers],
        "contaminants": [
            _of_contaminant(answer, j, one, shown) for j, one in enumerate(mixture.contaminants)
        ],
    }


def _of_contaminant(
    answer: Answer, j: int, one: ContaminantStatistics, shown: dict[int, str]
) -> dict[str, Any]:
    part, inside, key = answer.task.parts[j], one.samples, _key(answer, j, one)
    count = inside.sample_count
    return {
        "contaminant": part.source.contaminant.code,
        "threshold": part.value,
        "unit": answer.gathered[j].selection.unit,
        "guideline": part.guideline_id,
        "p_min": one.probability.minimum,
        "p_mean": one.probability.mean,
        "p_max": one.probability.maximum,
        "mean_ratio": one.ratio,
        "undecided_cells_share": one.undecided_share,
        "remaining_share": one.remaining_share,
        "is_driver": one.is_driver,
        "result_count": count,
        "place_count": inside.place_count,
        "censored_share": inside.censored_count / count if count else None,
        "undecidable_share": inside.undecidable_count / count if count else None,
        "max_value": inside.maximum,
        "max_sample": None if key is None else shown[key],
        "mean_value": inside.mean,
    }


def _of_bits(names: Sequence[str], bits: int) -> list[str]:
    return [name for j, name in enumerate(names) if bits >> j & 1]


def _sentence(answer: Answer, spot: Spot) -> str:
    """Return the definition's sentence with this polygon's figures."""
    mixture = _mixture(spot)
    names = [part.source.contaminant.name_en for part in answer.task.parts]
    values = ", ".join(
        f"{name} {part.value:g} {gathered.selection.unit}"
        for name, part, gathered in zip(names, answer.task.parts, answer.gathered, strict=True)
    )
    listed = _and([names[j] for j in mixture.listed])
    bits = max(range(len(mixture.combinations)), key=lambda c: mixture.combinations[c])
    said = f"{listed}: {spot.reason.sentence} ({values})"
    if spot.cells.mean is not None:
        said += f"; on average {spot.cells.mean:.0%} over {spot.cells.cell_count} cells"
    together = _and(_of_bits(names, bits)) or "none of them"
    said += f". Most likely exceeds {together} ({mixture.combinations[bits]:.0%})."
    if mixture.drivers:
        said += f" Without {_or([names[j] for j in mixture.drivers])} it would vanish."
    inside = spot.samples
    if inside.maximum is None:
        return f"{said} No sample lies inside; it rests on those around it."
    plural = "sample lies" if inside.sample_count == 1 else "samples lie"
    return (
        f"{said} {inside.sample_count} {plural} inside, the highest result is {inside.maximum:.3g} "
        "times its value."
    )


def _and(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _or(names: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)

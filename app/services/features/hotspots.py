"""Hotspots with the evidence for each."""

from typing import Any

from sqlalchemy import ColumnElement, Double, any_, case, cast, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db import ids
from app.db.models import (
    Aggregate,
    Dataset,
    GuidelineValue,
    Hotspot,
    HotspotLayer,
    HotspotLayerDataset,
    HotspotLayerPart,
    Sample,
    Surface,
)
from app.errors import NotFound
from app.services.features.datasets import public_id
from app.services.features.shared import Shared
from app.services.registries import find_contaminant
from app.services.visibility import Visible, layer_is_visible, visible_datasets


def guideline_json() -> Any:
    """Return a guideline value with its citation, as an SQL expression."""
    return func.json_build_object(
        "id", GuidelineValue.id,
        "framework", GuidelineValue.framework,
        "country", GuidelineValue.country,
        "legal_name", GuidelineValue.legal_name,
        "value", GuidelineValue.value,
        "unit", GuidelineValue.unit,
        "land_use", GuidelineValue.land_use,
        "tier", GuidelineValue.tier,
        "tier_local", GuidelineValue.tier_local,
        "soil_texture", GuidelineValue.soil_texture,
        "basis", GuidelineValue.basis,
        "citation", func.concat_ws(", ", GuidelineValue.legal_name, GuidelineValue.source_table),
        "url", GuidelineValue.source_url,
        "verified", GuidelineValue.verified,
        "verification", GuidelineValue.verification,
    )  # fmt: skip


def properties() -> dict[str, Any]:
    """Return what a hotspot shows; what its layer says stands with it, so it can stand alone."""
    return {
        "layer": _of_layer(public_id("hotspot_layer", HotspotLayer.uid)),
        "definition": _of_layer(HotspotLayer.definition),
        "parameters": _of_layer(HotspotLayer.parameters),
        "contaminants": Hotspot.contaminants,
        "threshold": _of_layer(HotspotLayer.threshold),
        "unit": _of_layer(HotspotLayer.unit),
        "guideline": select(guideline_json())
        .join(HotspotLayer, HotspotLayer.guideline_id == GuidelineValue.id)
        .where(HotspotLayer.id == Hotspot.layer_id)
        .scalar_subquery(),
        "extraction_note": _of_layer(HotspotLayer.extraction_note),
        "confidence": Hotspot.confidence,
        "reason_code": Hotspot.reason_code,
        "reason": Hotspot.reason,
        "area_m2": Hotspot.area_m2,
        "cell_count": Hotspot.cell_count,
        "sample_count": Hotspot.sample_count,
        "place_count": Hotspot.place_count,
        "censored_count": Hotspot.censored_count,
        "censored_share": _share(Hotspot.censored_count),
        "undecidable_share": _share(Hotspot.undecidable_count),
        "max_value": Hotspot.max_value,
        "max_sample": select(public_id("sample", Sample.uid))
        .where(Sample.id == Hotspot.max_sample_id)
        .scalar_subquery(),
        "mean_value": Hotspot.mean_value,
        "quantity": Hotspot.quantity,
        "quantity_min": Hotspot.quantity_min,
        "quantity_mean": Hotspot.quantity_mean,
        "quantity_max": Hotspot.quantity_max,
        "p_min": _probability(Hotspot.quantity_min),
        "p_mean": _probability(Hotspot.quantity_mean),
        "p_max": _probability(Hotspot.quantity_max),
        "q": _of_layer(HotspotLayer.parameters["likely"]),
        "skill": _of_layer(HotspotLayer.card["skill"]),
        "mixture": Hotspot.mixture,
        "components": _of_layer(HotspotLayer.card["components"]),
        "land_use": _of_layer(
            func.coalesce(
                HotspotLayer.card[("threshold", "choice", "place", "land_use")].as_string(),
                HotspotLayer.card["land_use"].as_string(),
            )
        ),
        "area_codes": _public_areas(),
        "surface_sha256": _of_layer(HotspotLayer.card["surface_array_sha256"].as_string()),
        "inputs_sha256": _of_layer(HotspotLayer.card["inputs_sha256"].as_string()),
        "surface": select(public_id("surface", Surface.uid))
        .join(HotspotLayer, HotspotLayer.surface_id == Surface.id)
        .where(HotspotLayer.id == Hotspot.layer_id)
        .scalar_subquery(),
        "datasets": select(func.json_agg(public_id("dataset", Dataset.uid)))
        .join(HotspotLayerDataset, HotspotLayerDataset.dataset_id == Dataset.id)
        .where(HotspotLayerDataset.layer_id == Hotspot.layer_id)
        .scalar_subquery(),
    }


def shared() -> tuple[Shared, ...]:
    """Return what follows from the layer."""
    names = (
        "layer", "definition", "parameters", "threshold", "unit", "guideline", "extraction_note",
        "q", "skill", "components", "land_use", "surface_sha256", "inputs_sha256", "surface",
        "datasets",
    )  # fmt: skip
    return (Shared(Hotspot.layer_id, names),)


def _public_areas() -> Any:
    """Return a polygon's districts without those of data sets that became private since."""
    # Uncorrelated, so made once for a page, and not at all where no polygon names a district.
    public = (
        select(Aggregate.area_code)
        .join(Dataset, Dataset.id == Aggregate.dataset_id)
        .where(Dataset.visibility == "public", Aggregate.area_code.is_not(None))
        .distinct()
    )
    code = func.unnest(Hotspot.area_codes).column_valued("area")
    kept = select(code).where(code == any_(func.array(public.scalar_subquery()))).order_by(code)
    return func.array(kept.scalar_subquery(), type_=Hotspot.area_codes.type)


def _share(count: Any) -> Any:
    """Return a count as a share of the polygon's samples; null without samples."""
    return cast(count, Double) / func.nullif(Hotspot.sample_count, 0)


def _probability(figure: Any) -> Any:
    """Return a figure where it is one of a probability."""
    return case((Hotspot.quantity == "probability", figure))


def _of_layer(expression: Any) -> Any:
    return select(expression).where(HotspotLayer.id == Hotspot.layer_id).scalar_subquery()


def is_visible(visible: Visible) -> ColumnElement[bool]:
    """Return the condition that the hotspot's layer rests on visible data sets alone."""
    return layer_is_visible(Hotspot.layer_id, visible)


def is_latest(visible: Visible) -> ColumnElement[bool]:
    """Return the condition that no newer layer the caller may see supersedes the hotspot's own."""
    newer = aliased(HotspotLayer)
    return ~exists().where(
        newer.supersedes_id == Hotspot.layer_id, layer_is_visible(newer.id, visible)
    )


def of_contaminant(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that a hotspot is one of a contaminant, by any of its names."""
    return Hotspot.contaminants.contains([find_contaminant(session, name).code])


def of_layer(session: Session, text: str) -> ColumnElement[bool]:
    """Return the condition that a hotspot belongs to one layer."""
    layer = find_layer(session, text)
    if layer is None:
        raise NotFound(f"There is no hotspot layer {text[:80]!r}.", parameter="layer")
    return Hotspot.layer_id == layer.id


def find_layer(session: Session, text: str) -> HotspotLayer | None:
    """Return a layer by its id, or None where there is none that the caller may see."""
    uid = ids.parse("hotspot_layer", text)
    if uid is None:
        return None
    return session.scalar(
        select(HotspotLayer).where(
            HotspotLayer.uid == uid, layer_is_visible(HotspotLayer.id, visible_datasets(session))
        )
    )


def visible_layers(
    session: Session, *, latest: bool = True, contaminant: str | None = None
) -> list[HotspotLayer]:
    """Return the layers that the caller may see, newest first; a hidden one supersedes none."""
    visible = visible_datasets(session)
    statement = select(HotspotLayer).where(layer_is_visible(HotspotLayer.id, visible))
    if contaminant is not None:
        one_of_several = exists().where(
            HotspotLayerPart.layer_id == HotspotLayer.id,
            HotspotLayerPart.contaminant == contaminant,
        )
        statement = statement.where((HotspotLayer.contaminant == contaminant) | one_of_several)
    if latest:
        newer = aliased(HotspotLayer)
        statement = statement.where(
            ~exists().where(
                newer.supersedes_id == HotspotLayer.id, layer_is_visible(newer.id, visible)
            )
        )
    return list(
        session.scalars(statement.order_by(HotspotLayer.created_at.desc(), HotspotLayer.id))
    )


def layer_title(layer: HotspotLayer) -> str:
    """Return what a layer is called where it stands alone."""
    limit = "" if layer.threshold is None else f" above {layer.threshold:g} {layer.unit}"
    components: list[dict[str, Any]] = layer.card.get("components") or []
    several = " + ".join(one["contaminant"] for one in components)
    return f"Hotspots of {layer.contaminant or several}{limit} ({layer.definition})"

"""What the colours of a tile mean."""

from typing import Any

from app.db.models import Surface
from app.services.rendering.ramps import concentration_ramp, probability_ramp
from app.services.surfaces.catalogue import require_distribution


def legend(surface: Surface, contaminant_name: str, layer: str) -> dict[str, Any]:
    """Return the title, the unit and the stops of a layer's colours."""
    if layer == "probability":
        require_distribution(surface)
        ramp, unit = probability_ramp(), "1"
        title = f"Probability that {contaminant_name.lower()} exceeds the threshold"
        labels = [f"{value:.0%}" for value in ramp.breaks()]
    else:
        ramp, unit = concentration_ramp(surface), surface.unit
        title = f"{contaminant_name}, {'median' if surface.family == 'gaussian' else 'estimate'}"
        labels = [f"{value:g}" for value in ramp.breaks()]
        # The ends of the ramp stand for everything beyond them.
        labels[0], labels[-1] = f"≤ {labels[0]}", f"≥ {labels[-1]}"
    return {
        "layer": layer,
        "title": title,
        "unit": unit,
        "scale": "logarithmic" if ramp.is_logarithmic else "linear",
        "stops": [
            {"value": value, "color": ramp.colour_of(value), "label": label}
            for value, label in zip(ramp.breaks(), labels, strict=True)
        ],
    }

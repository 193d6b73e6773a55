"""What the colours of a tile mean."""

from typing import Any

from app.db.models import Surface
from app.services.rendering.ramps import concentration_ramp, probability_ramp
from app.services.surfaces.distribution import distribution_of, refusals


def legend(surface: Surface, contaminant_name: str, layer: str) -> dict[str, Any]:
    """Return the title, the unit and the stops of a layer's colours."""
    distribution = distribution_of(surface)
    if layer == "probability":
        if distribution.thresholds == ():
            with refusals():
                distribution.probability(0.0)  # no threshold has one, and the sentence says so
        ramp, unit = probability_ramp(), "1"
        title = f"Probability that {contaminant_name.lower()} exceeds the threshold"
        labels = [f"{value:.0%}" for value in ramp.breaks()]
    else:
        with refusals():
            distribution.concentration()
        ramp, unit = concentration_ramp(surface), surface.unit
        title = f"{contaminant_name}, {distribution.map_title}"
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

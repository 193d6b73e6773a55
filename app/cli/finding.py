"""What `find` and `compare` do: read what was stated, call a service, print the answer."""

import functools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.cli.output import progress, show
from app.cli.work import engine_of
from app.errors import InvalidRequest
from app.settings import Settings


def stated_parameters(
    pairs: list[str], parcels: Path | None, at_least: int | None = None
) -> dict[str, Any]:
    """Return what was stated as NAME=VALUE, and polygons from a file."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (sign and name.strip() and value.strip()):
            raise InvalidRequest(f"--parameter takes NAME=VALUE, not {pair[:80]!r}.")
        if name.strip() in found:
            raise InvalidRequest(f"The parameter {name.strip()[:80]} is stated twice.")
        found[name.strip()] = value.strip()
    if parcels is not None:
        found["parcels"] = _polygons(parcels)
    if at_least is not None:
        if "at_least" in found:
            raise InvalidRequest("The parameter at_least is stated twice.")
        found["at_least"] = at_least
    return found


def stated_values(definition: str, thresholds: list[str], surfaces: list[str]) -> dict[str, Any]:
    """Return thresholds and surfaces: the contaminants' own where a definition takes several.

    Raises
    ------
    InvalidRequest
        With the form in which they are stated.
    """
    from app.services.hotspots import HotspotOrder

    if HotspotOrder(definition=definition).takes_several:
        own: dict[str, dict[str, Any]] = {}
        for kind, pairs in (("threshold", thresholds), ("surface", surfaces)):
            for pair in pairs:
                name, sign, value = (text.strip() for text in pair.partition("="))
                if not (name and sign and value) or kind in own.get(name, {}):
                    raise InvalidRequest(
                        f"Of {definition} every contaminant has a {kind} of its own: --{kind} "
                        f"zn=…, once for each; not {pair[:80]!r}.",
                        parameter=kind,
                    )
                told = own.setdefault(name, {"contaminant": name})
                told[kind] = _number(value) if kind == "threshold" else value
        return {"contaminants": list(own.values())}
    if len(thresholds) > 1 or len(surfaces) > 1:
        raise InvalidRequest(
            f"The definition {definition} takes one --threshold and one --surface; coexistence "
            "takes one for each contaminant."
        )
    threshold = _number(thresholds[0]) if thresholds else None
    return {"threshold": threshold, "surface": surfaces[0] if surfaces else None}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidRequest(
            f"--threshold takes a number, not {text[:40]!r} (of coexistence NAME=NUMBER).",
            parameter="threshold",
        ) from error


def _polygons(path: Path) -> list[dict[str, Any]]:
    try:
        drawn = json.loads(path.read_text(encoding="utf-8"))
        features = drawn["features"] if drawn["type"] == "FeatureCollection" else [drawn]
        return [feature.get("geometry", feature) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidRequest(f"{path.name} is not GeoJSON with polygons.") from error


def list_definitions(*, as_json: bool) -> None:
    """Print the definitions with their parameters."""
    from app.services import hotspots

    told = hotspots.list_definitions()
    lines = []
    for definition in told:
        threshold = "against a guideline value" if definition["takes_threshold"] else "no threshold"
        lines.append(f"{definition['name']}: {definition['title']} ({threshold})")
        for one in definition["parameters"]:
            default = "" if one["default"] is None else f" [{one['default']}]"
            choices = f" ({', '.join(one['choices'])})" if "choices" in one else ""
            lines.append(f"    {one['name']}{default}: {one['description']}{choices}")
    show({"definitions": told}, as_json=as_json, sentence="\n".join(lines))


def find(
    chosen: Settings, order: dict[str, Any], over: dict[str, list[str]], *, as_json: bool
) -> None:
    """Find hotspots of one contaminant, or of many in one call."""
    from app.services import hotspots
    from app.services.runtime import open_runtime

    first = hotspots.HotspotOrder.from_json(order)
    if not first.takes_several and over["contaminants"] and len(over["guidelines"]) == 1:
        # One value may stand beside the contaminant that it is one of; that is checked later.
        first = replace(first, guideline=over["guidelines"][0])
        over = over | {"guidelines": []}
    with open_runtime(chosen, migrate=True) as runtime, progress("Hotspots") as on_step:
        common = (runtime.database, runtime.store)
        step = functools.partial(on_step, "")
        most_cells = chosen.limits.surface_max_cells
        with runtime.database.reading() as session:
            orders = hotspots.expand(session, first, hotspots.Variations(**over))
        if len(orders) > 1:
            answer = hotspots.find_all(
                *common, orders, engine_of(chosen), step, most_cells=most_cells
            )
            lines = [_of_many(one) for one in answer["layers"]]
            show(answer, as_json=as_json, sentence="\n".join(lines))
            return
        answer = hotspots.find(*common, orders[0], engine_of(chosen), step, most_cells=most_cells)
    show(answer, as_json=as_json, sentence=_line(answer))


def _line(answer: dict[str, Any]) -> str:
    """Say in one line what came of an order."""
    verb = f"has {answer['count']} hotspots" if answer["is_new"] else "exists already"
    return f"The layer {answer['layer']} {verb}."


def _of_many(answer: dict[str, Any]) -> str:
    """Say what came of one order of several."""
    against = answer["guideline"] or answer["framework"]
    of = " + ".join(answer["contaminants"])
    name = f"{of} ({against})" if against else of
    return f"{name}: {answer['error'] if 'error' in answer else _line(answer)}"


def compare(
    chosen: Settings,
    layers: tuple[str, str],
    confidences: list[str],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Tell how two layers differ, and write it where that is asked for."""
    from app.services import hotspots
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        found = hotspots.compare(session, *layers, confidences)
    if out is not None:
        out.write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [
        f"{change}: {told['count']} ({told['gained_m2'] / 1e6:+.3f} km², "
        f"{-told['lost_m2'] / 1e6:+.3f} km²)"
        for change, told in found["changes"].items()
        if told["count"]
    ]
    answer = {name: part for name, part in found.items() if name != "features"}
    show(answer, as_json=as_json, sentence="\n".join(lines) or "Neither layer has polygons.")

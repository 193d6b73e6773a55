"""The command that tells which contaminants exceed together."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import work
from app.cli.guideline_commands import stated_place
from app.cli.output import say, show

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Text = Annotated[str | None, typer.Option()]
Number = Annotated[float | None, typer.Option()]


def coexistence(
    contaminant: Annotated[
        list[str] | None, typer.Option(help="Code, symbol or name; repeat it, 2 to 12.")
    ] = None,
    threshold: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, such as zn=200; repeat it.")
    ] = None,
    guideline: Annotated[
        list[str] | None, typer.Option(help="Id of a guideline value; repeat it.")
    ] = None,
    framework: Annotated[str | None, typer.Option(help="Chooses the values of the others.")] = None,
    country: Annotated[str | None, typer.Option(help="Or of this country, ISO 3166.")] = None,
    land_use: Text = None,
    tier: Text = None,
    ph: Number = None,
    clay: Annotated[float | None, typer.Option(help="% of dry mass.")] = None,
    organic_matter: Annotated[float | None, typer.Option(help="% of dry mass.")] = None,
    extraction_note: Text = None,
    accept_unverified: Annotated[bool, typer.Option("--accept-unverified")] = False,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Whose samples, private ones too; all public ones.")
    ] = None,
    depth_upper_cm: Number = None,
    depth_lower_cm: Number = None,
    csv: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the pairs as a table.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the matrix as a picture.")
    ] = None,
    figure: Annotated[
        str, typer.Option(help="Of the picture: jaccard, lift, kendall_tau.")
    ] = "jaccard",
    places: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the places as GeoJSON.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Tell which contaminants exceed their values at the same places."""
    place = stated_place(
        framework=framework,
        country=country,
        land_use=land_use,
        tier=tier,
        ph=ph,
        clay=clay,
        organic_matter=organic_matter,
    )
    said = {
        "contaminants": tuple(contaminant or ()),
        "thresholds": threshold or [],
        "guidelines": tuple(guideline or ()),
        "place": place,
        "extraction_note": extraction_note,
        "accept_unverified": accept_unverified,
        "samples": {
            "datasets": tuple(dataset or ()),
            "depth_upper_cm": depth_upper_cm,
            "depth_lower_cm": depth_lower_cm,
        },
    }
    _tell(data, said, {"csv": csv, "svg": svg, "places": places}, figure, as_json=as_json)


def _tell(
    data: Path | None,
    said: dict[str, Any],
    files: dict[str, Path | None],
    figure: str,
    *,
    as_json: bool,
) -> None:
    import json

    from app.services import coexistence as service
    from app.services.coexistence.order import read_samples, read_thresholds
    from app.services.guidelines import Place
    from app.services.rendering.matrix import draw_matrix
    from app.services.runtime import open_runtime
    from app.services.visibility import all_datasets, visible_datasets

    order = service.CoexistenceOrder(
        contaminants=said["contaminants"],
        thresholds=read_thresholds(said["thresholds"]),
        guidelines=said["guidelines"],
        place=None if said["place"] is None else Place(**said["place"]),
        extraction_note=said["extraction_note"],
        accept_unverified=said["accept_unverified"],
        samples=read_samples(said["samples"]),
    )
    with (
        open_runtime(work.settings(data), migrate=True) as runtime,
        runtime.database.reading() as session,
    ):
        # The operator names whose samples they are; unnamed ones are those that everybody sees.
        seen = all_datasets if order.samples.datasets else visible_datasets
        found = service.collect(session, order, seen(session), with_private=True)
    together = service.put_together(found)
    told = service.tell(together)
    texts = {
        "csv": lambda: service.pairs_as_csv(together),
        "svg": lambda: draw_matrix(told, figure),
        "places": lambda: json.dumps(service.places_as_geojson(together), ensure_ascii=False),
    }
    for name, path in files.items():
        if path is not None:
            path.write_text(texts[name](), encoding="utf-8", newline="")
    if as_json:
        show(told, as_json=True, sentence="")
        return
    for line in _lines(told):
        say(line)


def _lines(told: dict[str, Any]) -> list[str]:
    """Return what was found as a table for people."""
    lines = [
        f"{one['name']}: {one['exceeding']} of {one['places'] - one['undecided']} places above "
        f"{one['threshold']:g} {one['unit']} ({one['because']})"
        for one in told["contaminants"]
    ]
    lines += [
        "",
        f"{'pair':<12}{'places':>8}{'both':>7}{'Jaccard':>9}{'lift':>7}{'q':>10}{'tau':>7}",
    ]
    for pair in told["pairs"]:
        figures = [pair["jaccard"], pair["lift"], pair["kendall_tau"]]
        jaccard, lift, tau = ("–" if one is None else f"{one:.2f}" for one in figures)
        name = f"{pair['first']} + {pair['second']}"
        lines.append(
            f"{name:<12}{pair['places']:>8}{pair['both']:>7}{jaccard:>9}{lift:>7}"
            f"{pair['q_value']:>10.2g}{tau:>7}"
        )
    bigger = [group for group in told["groups"] if len(group["contaminants"]) > 2]
    lines += [
        f"{' + '.join(group['contaminants'])}: together at {group['together']} of "
        f"{group['places']} places"
        for group in bigger
    ]
    return [*lines, "", told["note"]]

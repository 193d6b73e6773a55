"""Every command: what it takes, and which service it calls."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli import finding, work
from app.cli.boundary_commands import boundary_app, summary
from app.cli.guideline_commands import guideline_app, stated_background, stated_place
from app.cli.ingest_commands import ingest_app, mapping_app
from app.cli.mixture_commands import coexistence
from app.cli.output import Interrupted, complain, complain_of

app = typer.Typer(
    help="Where is the soil polluted, how sure are we, and what may be the source?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
surface_app = typer.Typer(help="Build surfaces.", no_args_is_help=True)
key_app = typer.Typer(help="The operator's key.", no_args_is_help=True)
member_app = typer.Typer(help="Members of the network.", no_args_is_help=True)
app.add_typer(ingest_app, name="ingest")
app.add_typer(surface_app, name="surface")
app.add_typer(guideline_app, name="guideline")
app.add_typer(mapping_app, name="mapping")
app.add_typer(boundary_app, name="boundaries")
app.add_typer(key_app, name="key")
app.add_typer(member_app, name="member")

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")]
Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.")]
Processes = Annotated[
    int | None,
    typer.Option("--processes", min=1, max=64, help="Servers; one for each core, four at most."),
]
Text = Annotated[str | None, typer.Option()]
Number = Annotated[float | None, typer.Option()]


@app.command()
def up(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    processes: Processes = None,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Load the real demo.")] = True,
) -> None:
    """Start everything: database, schema, registries, demo, web and worker."""
    work.up(work.settings(data, host, port, processes=processes), with_demo=demo)


@app.command()
def serve(
    data: Data = None, host: Host = None, port: Port = None, processes: Processes = None
) -> None:
    """Serve the map and the API, with one worker unless HOTSPOTS_WORKER=false."""
    work.serve(work.settings(data, host, port, processes=processes))


@app.command()
def worker(data: Data = None) -> None:
    """Run one worker and nothing else."""
    work.work(work.settings(data))


@app.command()
def migrate(
    data: Data = None,
    down: Annotated[str | None, typer.Option(help="Go down to this revision ('base').")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Yes, what going down deletes may go.")
    ] = False,
) -> None:
    """Bring the schema to this version, as the owner of the tables."""
    work.migrate(work.settings(data), down, is_confirmed=yes)


@app.command()
def seed(data: Data = None, as_json: Json = False) -> None:
    """Bring the registries to what data/reference says."""
    work.seed(work.settings(data), as_json=as_json)


@app.command()
def demo(data: Data = None, as_json: Json = False) -> None:
    """Load the real demo; a second time it changes nothing."""
    work.demo(work.settings(data), as_json=as_json)


@surface_app.command("build")
def surface_build(
    contaminant: Annotated[str, typer.Option(help="Code, symbol or name: zn, Zn, zinc.")],
    dataset: Annotated[list[str] | None, typer.Option(help="Data sets; all public ones.")] = None,
    method: Annotated[str, typer.Option()] = "ordinary_kriging",
    transform: Annotated[str, typer.Option()] = "ln",
    cell_size: Annotated[float | None, typer.Option(help="m; chosen when absent.")] = None,
    neighbours: Annotated[int, typer.Option(min=1)] = 32,
    censoring: Annotated[
        str, typer.Option(help="Below limits: augmentation (drawn) or substitution (half of it).")
    ] = "augmentation",
    depth_upper_cm: Number = None,
    depth_lower_cm: Number = None,
    depth_rule: Annotated[str, typer.Option(help="overlap (half of it) or contained.")] = "overlap",
    sampled_from: Annotated[str | None, typer.Option(help="For example 1990-01-01.")] = None,
    sampled_to: Annotated[str | None, typer.Option(help="For example 1999-12-31.")] = None,
    extraction: Text = None,
    fraction: Text = None,
    epsg: Annotated[int | None, typer.Option(help="The plane; chosen when absent.")] = None,
    include_unknown: Annotated[bool, typer.Option("--include-unknown")] = False,
    outline: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="GeoJSON polygon.")
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Of indicator_kriging, or of a simulation's areas; repeat it."),
    ] = None,
    realisations: Annotated[int | None, typer.Option(help="Of simulation; 100.")] = None,
    block_size: Annotated[float | None, typer.Option(help="m; block means of simulation.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of simulation.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would cost, and build nothing.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Build a surface of one contaminant."""
    order = {
        "contaminant": contaminant,
        "datasets": tuple(dataset or ()),
        "method": method,
        "transform": transform,
        "cell_size": cell_size,
        "neighbours": neighbours,
        "censoring": censoring,
        "depth_upper_cm": depth_upper_cm,
        "depth_lower_cm": depth_lower_cm,
        "depth_rule": depth_rule,
        "sampled_from": sampled_from,
        "sampled_to": sampled_to,
        "extraction": extraction,
        "fraction": fraction,
        "epsg": epsg,
        "include_unknown": include_unknown,
        "thresholds": tuple(threshold or ()),
        "realisations": realisations,
        "block_size": block_size,
        "seed": seed,
    }
    work.surface_build(work.settings(data), order, outline, is_dry_run=dry_run, as_json=as_json)


@app.command()
def find(
    contaminant: Annotated[
        list[str] | None,
        typer.Option(help="Code, symbol or name: zn, Zn, zinc; repeat it for many."),
    ] = None,
    definition: Annotated[
        str,
        typer.Option(
            help="exceedance, block-mean, getis-ord, local-moran, percentile, coexistence."
        ),
    ] = "exceedance",
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE of the definition; repeat it. --definitions lists them."),
    ] = None,
    parcels: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="GeoJSON polygons, of block-mean."),
    ] = None,
    surface: Annotated[
        list[str] | None,
        typer.Option(
            help="Id; the latest that can answer when absent. Of coexistence NAME=ID, repeated."
        ),
    ] = None,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Of definitions on samples; all public ones.")
    ] = None,
    cell_size: Annotated[float | None, typer.Option(help="m; of definitions on samples.")] = None,
    epsg: Annotated[int | None, typer.Option(help="The plane; of definitions on samples.")] = None,
    guideline: Annotated[
        list[str] | None, typer.Option(help="Id of a guideline value; repeat it for many.")
    ] = None,
    framework: Annotated[
        list[str] | None,
        typer.Option(help="Choose the value of this framework for the place; repeat it."),
    ] = None,
    country: Annotated[str | None, typer.Option(help="Or of this country, ISO 3166.")] = None,
    region: Text = None,
    land_use: Text = None,
    tier: Text = None,
    receptor: Text = None,
    ph: Number = None,
    crop: Text = None,
    soil_texture: Text = None,
    clay: Annotated[float | None, typer.Option(help="% of dry mass.")] = None,
    organic_matter: Annotated[float | None, typer.Option(help="% of dry mass.")] = None,
    organic_carbon: Annotated[float | None, typer.Option(help="% of dry mass.")] = None,
    range_end: Annotated[str | None, typer.Option(help="lower or upper, of a range.")] = None,
    accept_not_in_force: Annotated[bool, typer.Option("--accept-not-in-force")] = False,
    background: Annotated[
        str | None, typer.Option(help="mad, p90, p95 of a reference area, or ucc (the crust).")
    ] = None,
    reference_dataset: Annotated[
        list[str] | None, typer.Option(help="Of the background; the surface's samples.")
    ] = None,
    reference_bbox: Annotated[
        str | None, typer.Option(help="west,south,east,north in degrees, of the background.")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(help="In the surface's unit. Of coexistence NAME=VALUE, repeated."),
    ] = None,
    at_least: Annotated[
        int | None, typer.Option(help="Of coexistence: so many exceed at once; 2.")
    ] = None,
    q: Annotated[
        float | None, typer.Option(help="Another name of the parameter likely; 0.8.")
    ] = None,
    least_area: Annotated[float, typer.Option(help="m²; smaller polygons are left out.")] = 0.0,
    extraction_note: Text = None,
    accept_unverified: Annotated[bool, typer.Option("--accept-unverified")] = False,
    definitions: Annotated[
        bool, typer.Option("--definitions", help="List definitions and parameters, find nothing.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Find hotspots under a named definition."""
    if definitions:
        finding.list_definitions(as_json=as_json)
        return
    if not (contaminant or guideline):
        raise typer.BadParameter("Name at least one --contaminant, or a --guideline.")
    over = {
        "contaminants": contaminant or [],
        "guidelines": guideline or [],
        "frameworks": framework or [],
    }
    samples = {"datasets": dataset or None, "cell_size": cell_size, "epsg": epsg}
    order = {
        "contaminant": "",
        "definition": definition,
        "parameters": finding.stated_parameters(parameter or [], parcels, at_least),
        **finding.stated_values(definition, threshold or [], surface or []),
        "samples": samples if any(samples.values()) else None,
        "place": stated_place(
            framework=None,
            country=country,
            region=region,
            land_use=land_use,
            tier=tier,
            receptor=receptor,
            ph=ph,
            crop=crop,
            soil_texture=soil_texture,
            clay=clay,
            organic_matter=organic_matter,
            organic_carbon=organic_carbon,
            range_end=range_end,
            accept_not_in_force=accept_not_in_force or None,
        ),
        "background": stated_background(background, reference_dataset, reference_bbox),
        "q": q,
        "least_area_m2": least_area,
        "extraction_note": extraction_note,
        "accept_unverified": accept_unverified,
    }
    finding.find(work.settings(data), order, over, as_json=as_json)


app.command()(coexistence)
app.command()(summary)


@app.command()
def compare(
    earlier: Annotated[str, typer.Argument(help="A hotspot layer's id.")],
    later: Annotated[str, typer.Argument(help="Another one's.")],
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the differences as GeoJSON.")
    ] = None,
    confidence: Annotated[
        list[str] | None, typer.Option(help="Classes compared; likely, significant, highest.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Tell how two hotspot layers differ."""
    finding.compare(work.settings(data), (earlier, later), confidence or [], out, as_json=as_json)


@app.command()
def export(
    layer: Annotated[str, typer.Argument(help="A collection, a surface's id, or results.")],
    out: Annotated[
        Path,
        typer.Argument(
            dir_okay=False, help=".geojson(seq), .csv, .xlsx, .gpkg, .fgb, .parquet, .tif"
        ),
    ],
    dataset: Annotated[
        str | None, typer.Option(help="Whose results: name or id of one data set.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write a public layer, or the results of a data set, with licence and citation beside it."""
    work.export(work.settings(data), layer, out, dataset, as_json=as_json)


@key_app.command("show")
def key_show(data: Data = None) -> None:
    """Print the operator's key."""
    work.key_show(work.settings(data))


@member_app.command("list")
def member_list(
    status: Annotated[str | None, typer.Option(help="pending, approved or rejected.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List registrations, with their e-mail addresses."""
    work.member_list(work.settings(data), status, as_json=as_json)


@member_app.command("approve")
def member_approve(member: str, data: Data = None) -> None:
    """Show a member on the map."""
    work.member_decide(work.settings(data), member, approve=True)


@member_app.command("reject")
def member_reject(member: str, data: Data = None) -> None:
    """Turn a registration down, or take a member off the map."""
    work.member_decide(work.settings(data), member, approve=False)


@app.command()
def doctor(data: Data = None, as_json: Json = False) -> None:
    """Say in plain words what is wrong with this installation."""
    work.doctor(work.settings(data, check=False), as_json=as_json)


def _interrupt(_signal: int, _frame: object) -> None:
    raise Interrupted


def main() -> None:
    """Run the command; an error that has a sentence is that sentence and no traceback."""
    # The shell's settings of other PostgreSQL clients must not redirect our connections.
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        app()
    except Interrupted:
        complain("Stopped. Nothing half-done was left behind.")
        sys.exit(130)
    except Exception as error:
        complain_of(error)
        sys.exit(1)

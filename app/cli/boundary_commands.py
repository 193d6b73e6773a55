"""Commands about boundary layers, and hotspot layers summarised by them."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import ingesting, work
from app.cli.output import show

boundary_app = typer.Typer(help="Areas by which layers are summarised.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Text = Annotated[str | None, typer.Option()]


@boundary_app.command("load")
def boundaries_load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    name: Annotated[str, typer.Option(help="What they are called, for example communes-2024.")],
    name_column: Annotated[str | None, typer.Option(help="Guessed when absent.")] = None,
    code_column: Annotated[str | None, typer.Option(help="Guessed when absent.")] = None,
    crs: Annotated[int | None, typer.Option(help="EPSG code, where the file has none.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Layer or member to read.")] = None,
    title: Text = None,
    owner: Text = None,
    licence: Text = None,
    citation: Text = None,
    source_url: Text = None,
    visibility: Annotated[str | None, typer.Option(help="public, members or private.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be read, and store nothing.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Load polygons with their names or codes."""
    from app.services.boundaries import options_of

    terms = {
        "title": title,
        "owner": owner,
        "licence": licence,
        "citation": citation,
        "source_url": source_url,
        "visibility": visibility,
    }
    options = options_of(name_column, code_column, crs) | ({"sheet": sheet} if sheet else {})
    order = ingesting.IngestOrder("boundaries", name, terms, options, dry_run)
    ingesting.ingest(work.settings(data), [file], order, as_json=as_json)


@boundary_app.command("list")
def boundaries_list(data: Data = None, as_json: Json = False) -> None:
    """List boundary layers, private ones too."""
    from app.services.boundaries import list_boundaries
    from app.services.runtime import open_runtime
    from app.services.visibility import all_datasets

    with (
        open_runtime(work.settings(data), migrate=True) as runtime,
        runtime.database.reading() as session,
    ):
        found = list_boundaries(session, all_datasets(session))
    lines = [f"{one['name']:<30}  {one['areas']:>6} areas  {one['visibility']}" for one in found]
    show({"boundaries": found}, as_json=as_json, sentence="\n".join(lines) or "None is loaded.")


@boundary_app.command("remove")
def boundaries_remove(name: str, data: Data = None, as_json: Json = False) -> None:
    """Take a boundary layer back."""
    from app.services.boundaries import remove_boundaries
    from app.services.runtime import open_runtime

    with open_runtime(work.settings(data), migrate=True) as runtime:
        told = remove_boundaries(runtime.database, name)
    show(told, as_json=as_json, sentence=f"The boundaries {told['name']} are gone.")


def summary(
    layer: Annotated[str, typer.Argument(help="A hotspot layer's id.")],
    boundaries: Annotated[str, typer.Option(help="The boundary layer's name or id.")],
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write it: .geojson, .csv or .json.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Tell how much of each area a hotspot layer marks, and what samples say there."""
    from app.errors import InvalidRequest
    from app.services import hotspots
    from app.services.runtime import open_runtime
    from app.services.visibility import all_datasets

    if out is not None and out.suffix not in {".geojson", ".csv", ".json"}:
        raise InvalidRequest(f"--out ends in .geojson, .csv or .json; not {out.suffix!r}.")
    with (
        open_runtime(work.settings(data), migrate=True) as runtime,
        runtime.database.reading() as session,
    ):
        found = hotspots.summarise(session, layer, boundaries, all_datasets(session))
    if out is not None:
        text = hotspots.summary_text(found, out.suffix.removeprefix("."))
        out.write_text(text, encoding="utf-8", newline="")
    rows = hotspots.summary_rows(found)
    lines = [
        f"{row['area_code'] or ''} {row['area_name'] or ''}: "
        + (
            ", ".join(
                f"{name.removesuffix('_share').replace('_', ' ')} {share:.1%}"
                for name, share in row.items()
                if name.endswith("_share") and share
            )
            or "nothing marked"
        )
        for row in rows
    ]
    told = {name: part for name, part in found.items() if name != "features"} | {"areas": rows}
    show(told, as_json=as_json, sentence="\n".join(line.strip() for line in lines))

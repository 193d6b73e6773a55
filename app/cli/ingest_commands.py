"""The commands that load files: the same for samples, sources and districts."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import ingesting, work

ingest_app = typer.Typer(help="Load files.", no_args_is_help=True)
mapping_app = typer.Typer(help="Saved mappings.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Text = Annotated[str | None, typer.Option()]
Number = Annotated[float | None, typer.Option()]
Mapping = Annotated[
    str | None, typer.Option(help="A mapping's file (TOML), or the name of a known format.")
]
Accept = Annotated[
    list[str] | None, typer.Option(help="Code of a finding whose repair is to be applied.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be read, and store nothing.")
]
Report = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Write the report: .json, .html or .csv.")
]

_SAYS = {
    "samples": "Load laboratory files; bad rows are kept aside with their reasons.",
    "sources": "Load potential sources of pollution.",
    "aggregates": "Load what districts say without coordinates: counts, quantiles; never points.",
}
# What a kind of file has no use for is refused, not ignored.
_NOT_FOR = {
    "samples": (),
    "sources": ("unit", "extraction", "fraction", "depth_upper_cm", "depth_lower_cm"),
    "aggregates": ("country",),
}


def _command(kind: str) -> Callable[..., None]:
    def ingest(
        files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)],
        dataset: Annotated[str, typer.Option(help="The data set's name, for example meuse-1990.")],
        title: Text = None,
        owner: Text = None,
        licence: Text = None,
        citation: Text = None,
        source_url: Text = None,
        visibility: Annotated[str | None, typer.Option(help="public, members or private.")] = None,
        crs: Annotated[int | None, typer.Option(help="EPSG code of the coordinates.")] = None,
        country: Annotated[
            str | None,
            typer.Option(help="Where the places lie (DE); those outside are doubted."),
        ] = None,
        unit: Annotated[str | None, typer.Option(help="Unit where the header names none.")] = None,
        encoding: Text = None,
        separator: Annotated[
            str | None, typer.Option(help="Sign between cells: , ; tab | or blanks.")
        ] = None,
        extraction: Text = None,
        fraction: Text = None,
        depth_upper_cm: Number = None,
        depth_lower_cm: Number = None,
        sheet: Annotated[str | None, typer.Option(help="Sheet, layer or member to read.")] = None,
        header_row: Annotated[
            int | None, typer.Option(min=1, help="Row with the names of the columns.")
        ] = None,
        mapping: Mapping = None,
        accept: Accept = None,
        dry_run: DryRun = False,
        report: Report = None,
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        options: dict[str, Any] = {
            "epsg": crs,
            "country": country,
            "unit": unit,
            "encoding": encoding,
            "separator": separator,
            "extraction": extraction,
            "fraction": fraction,
            "depth_upper_cm": depth_upper_cm,
            "depth_lower_cm": depth_lower_cm,
            "sheet": sheet,
            "header_row": header_row,
            "accept": accept,
            **ingesting.mapping_option(mapping),
        }
        for name in _NOT_FOR[kind]:
            if options[name] is not None:
                flag = f"--{name.replace('_', '-')}"
                raise typer.BadParameter(f"{flag} says nothing of {kind}.")
        terms = {
            "title": title,
            "owner": owner,
            "licence": licence,
            "citation": citation,
            "source_url": source_url,
            "visibility": visibility,
        }
        order = ingesting.IngestOrder(kind, dataset, terms, options, dry_run, report)
        ingesting.ingest(work.settings(data), files, order, as_json=as_json)

    return ingest


for _kind, _says in _SAYS.items():
    ingest_app.command(_kind, help=_says)(_command(_kind))


@ingest_app.command("undo")
def ingest_undo(
    import_id: Annotated[str, typer.Argument(help="The import's id, im_…")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take back all that an import brought; refused where something was built on it."""
    ingesting.undo(work.settings(data), import_id, as_json=as_json)


@mapping_app.command("list")
def mapping_list(data: Data = None, as_json: Json = False) -> None:
    """List saved mappings."""
    ingesting.list_mappings(work.settings(data), as_json=as_json)


@mapping_app.command("save")
def mapping_save(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Save a mapping written as TOML; files with its columns find it."""
    ingesting.save_mapping(work.settings(data), file, as_json=as_json)


@mapping_app.command("show")
def mapping_show(name: str, data: Data = None) -> None:
    """Print a saved mapping as TOML."""
    ingesting.show_mapping(work.settings(data), name)


@mapping_app.command("remove")
def mapping_remove(name: str, data: Data = None) -> None:
    """Forget a saved mapping; what was read by it stays."""
    ingesting.remove_mapping(work.settings(data), name)

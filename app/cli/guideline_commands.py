"""The commands about guideline values."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import guidelines, work

guideline_app = typer.Typer(help="Guideline values.", no_args_is_help=True)

Text = Annotated[str | None, typer.Option()]
Number = Annotated[float | None, typer.Option()]
Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@guideline_app.command("list")
def guideline_list(
    contaminant: Text = None,
    framework: Text = None,
    land_use: Text = None,
    tier: Text = None,
    verified: Annotated[bool, typer.Option("--verified", help="Only checked ones.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List guideline values; without --contaminant and --framework, the frameworks."""
    filters = {
        "contaminant": contaminant,
        "framework": framework,
        "land_use": land_use,
        "tier": tier,
        "is_verified": verified,
    }
    guidelines.list_values(work.settings(data), filters, as_json=as_json)


@guideline_app.command("resolve")
def guideline_resolve(
    contaminant: Annotated[str, typer.Option(help="Code, symbol or name: zn, Zn, zinc.")],
    framework: Text = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166 code, for example NL.")] = None,
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
    depth_upper_cm: Number = None,
    depth_lower_cm: Number = None,
    extraction: Text = None,
    range_end: Annotated[str | None, typer.Option(help="lower or upper, of a range.")] = None,
    accept_unverified: Annotated[bool, typer.Option("--accept-unverified")] = False,
    accept_not_in_force: Annotated[bool, typer.Option("--accept-not-in-force")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say which guideline value applies to a place, and why; or what has to be stated."""
    known: dict[str, Any] = {
        "framework": framework,
        "country": country,
        "region": region,
        "land_use": land_use,
        "tier": tier,
        "receptor": receptor,
        "ph": ph,
        "crop": crop,
        "soil_texture": soil_texture,
        "clay": clay,
        "organic_matter": organic_matter,
        "organic_carbon": organic_carbon,
        "depth_upper_cm": depth_upper_cm,
        "depth_lower_cm": depth_lower_cm,
        "extraction": extraction,
        "range_end": range_end,
        "accept_unverified": accept_unverified,
        "accept_not_in_force": accept_not_in_force,
    }
    guidelines.resolve(work.settings(data), contaminant, known, as_json=as_json)


@guideline_app.command("load")
def guideline_load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    framework: Annotated[str, typer.Option(help="Its name, for example OWN_VALLEY_2026.")],
    visibility: Annotated[str | None, typer.Option(help="private (at first) or public.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Load a framework of your own from a CSV file with the registry's columns."""
    guidelines.load(
        work.settings(data),
        file,
        framework,
        visibility,
        options={"dry_run": dry_run, "as_json": as_json},
    )


@guideline_app.command("withdraw")
def guideline_withdraw(framework: str, data: Data = None, as_json: Json = False) -> None:
    """Withdraw a framework of your own; layers that cite it keep their values."""
    guidelines.withdraw(work.settings(data), framework, as_json=as_json)


def stated_place(**known: Any) -> dict[str, Any] | None:
    """Return what was stated of a place, or None where nothing was."""
    stated = {name: value for name, value in known.items() if value is not None}
    return stated or None


def stated_background(
    method: str | None, datasets: list[str] | None, bbox: str | None
) -> dict[str, Any] | None:
    """Return what was stated of a background, or None where nothing was."""
    if method is None:
        if datasets or bbox:
            raise typer.BadParameter("A reference area is one of --background; name that too.")
        return None
    try:
        box = None if bbox is None else [float(part) for part in bbox.split(",")]
    except ValueError as error:
        raise typer.BadParameter(
            "--reference-bbox takes west,south,east,north in degrees."
        ) from error
    return {"method": method, "datasets": datasets or [], "bbox": box}

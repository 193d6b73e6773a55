"""What the commands about guideline values do."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.output import complain, show
from app.settings import Settings


def list_values(chosen: Settings, filters: dict[str, Any], *, as_json: bool) -> None:
    """List values, or the frameworks where nothing narrows the list."""
    from app.services import guidelines
    from app.services.registries import find_contaminant
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        if not any(filters.values()):
            frameworks = guidelines.list_frameworks(session, with_private=True)
            lines = [
                f"{entry['framework']:<22} {entry['country'] or '--':<3} {entry['values']:>5} "
                f"values, {entry['verified']} verified; {', '.join(entry['land_uses'])}"
                for entry in frameworks
            ]
            show({"frameworks": frameworks}, as_json=as_json, sentence="\n".join(lines))
            return
        if filters["contaminant"] is not None:
            filters = filters | {
                "contaminant": find_contaminant(session, filters["contaminant"]).code
            }
        found = guidelines.list_guidelines(session, guidelines.Wanted(**filters, with_private=True))
        rows = [guidelines.as_row(v) for v in found]
    lines = [
        f"{row.id:<26} {row.contaminant:<8} {row.value:g}"
        f"{'' if row.value_max is None else f'-{row.value_max:g}'} {row.unit}  {row.land_use}, "
        f"{row.tier_name}{'' if row.verified else '  (not verified)'}"
        for row in rows
    ]
    answer = {"guidelines": [asdict(row) | {"citation": row.citation} for row in rows]}
    show(answer, as_json=as_json, sentence="\n".join(lines) or "No value is like that.")


def resolve(chosen: Settings, contaminant: str, known: dict[str, Any], *, as_json: bool) -> None:
    """Print the value that applies with its reasons."""
    from app.services import guidelines
    from app.services.registries import find_contaminant
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        found = find_contaminant(session, contaminant)
        answer = guidelines.resolve_for(
            session, found, guidelines.Place(**known), with_private=True
        ).to_json()
    lines = [answer["sentence"]]
    lines += [f"  note: {caveat['sentence']}" for caveat in answer["caveats"]]
    lines += [
        f"  {entry['id']:<26} {entry['value']:g} {entry['unit']}  {entry['code']}: "
        f"{entry['sentence']}"
        for entry in answer["candidates"]
    ]
    show({"contaminant": found.code} | answer, as_json=as_json, sentence="\n".join(lines))


def load(
    chosen: Settings,
    file: Path,
    framework: str,
    visibility: str | None,
    *,
    options: dict[str, bool],
) -> None:
    """Load a framework of one's own; print every finding where it is refused."""
    from app.errors import Unprocessable
    from app.services import guidelines
    from app.services.runtime import open_runtime

    content = file.read_bytes()
    with open_runtime(chosen, migrate=True) as runtime, runtime.database.writing() as session:
        try:
            answer = guidelines.load_framework(
                session, framework, content, visibility, is_trial=options["dry_run"]
            )
        except Unprocessable as error:
            for finding in error.details.get("findings", []):
                where = f"row {finding['row']}" + (
                    f", {finding['column']}" if finding["column"] else ""
                )
                complain(f"{where}: {finding['message']} ({finding['code']})")
            raise
    if options["dry_run"]:
        sentence = f"{answer['rows']} rows would be loaded; nothing was stored (--dry-run)."
    else:
        sentence = (
            f"{framework} version {answer['version']} ({answer['visibility']}): {answer['rows']} "
            f"rows, {answer['changed']} new or changed, {answer['withdrawn_rows']} withdrawn."
        )
    show(answer, as_json=options["as_json"], sentence=sentence)


def withdraw(chosen: Settings, framework: str, *, as_json: bool) -> None:
    """Withdraw a framework of one's own."""
    from app.services import guidelines
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.writing() as session:
        answer = guidelines.withdraw_framework(session, framework)
    sentence = f"{framework} was withdrawn, {answer['withdrawn_rows']} values of it."
    show(answer, as_json=as_json, sentence=sentence)

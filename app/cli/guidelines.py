"""What the commands about guideline values do."""

from dataclasses import asdict
from typing import Any

from app.cli.output import show
from app.settings import Settings


def list_values(chosen: Settings, filters: dict[str, Any], *, as_json: bool) -> None:
    """List values, or the frameworks where nothing narrows the list."""
    from app.services import guidelines
    from app.services.registries import find_contaminant
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        if not any(filters.values()):
            frameworks = guidelines.list_frameworks(session)
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
        rows = [guidelines.as_row(v) for v in guidelines.list_guidelines(session, **filters)]
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
        answer = guidelines.resolve_for(session, found, guidelines.Place(**known)).to_json()
    lines = [answer["sentence"]]
    lines += [f"  note: {caveat['sentence']}" for caveat in answer["caveats"]]
    lines += [
        f"  {entry['id']:<26} {entry['value']:g} {entry['unit']}  {entry['code']}: "
        f"{entry['sentence']}"
        for entry in answer["candidates"]
    ]
    show({"contaminant": found.code} | answer, as_json=as_json, sentence="\n".join(lines))

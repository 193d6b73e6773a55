"""Files from the command line: previewed or loaded, one after the other, and taken back."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.cli.output import complain, progress, say, show
from app.settings import Settings

_FORMATS = (".json", ".html", ".csv")


@dataclass(frozen=True)
class IngestOrder:
    """What the command line says of files: their data set, its terms, how to read them."""

    kind: str
    dataset: str
    terms: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    dry_run: bool = False
    report: Path | None = None


def ingest(chosen: Settings, files: Sequence[Path], order: IngestOrder, *, as_json: bool) -> None:
    """Load files, or look at them; one that is refused does not keep the others out."""
    from app.errors import HotspotsError
    from app.services.runtime import open_runtime

    _check_report(order.report)
    answers: list[dict[str, Any]] = []
    with open_runtime(chosen, migrate=True) as runtime, progress("Files") as on_step:
        for number, path in enumerate(files):
            step = functools.partial(_step, on_step, path.name, number, len(files))
            try:
                answer = _take(runtime, path, order, step)
            except HotspotsError as error:
                answer = {"filename": path.name, "error": error.message, **error.details}
            answers.append(answer)
            _tell(path, answer, as_json=as_json)
    if order.report is not None:
        _write_report(order.report, answers)
    if len(answers) > 1 and not as_json:
        say(_summary(answers))
    refused = [answer for answer in answers if "error" in answer]
    if refused:
        raise HotspotsError(f"{len(refused)} of {len(files)} files could not be read.")


def mapping_option(mapping: str | None) -> dict[str, Any]:
    """Return the option of reading that a mapping's file or name stands for."""
    from app.errors import InvalidRequest
    from app.services import imports

    if mapping is None:
        return {}
    path = Path(mapping)
    if not path.suffix:
        return {"format": mapping}
    try:
        return {"mapping": imports.kept_mapping(path.read_text(encoding="utf-8"))}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{mapping} cannot be read.", parameter="mapping") from error


def undo(chosen: Settings, import_id: str, *, as_json: bool) -> None:
    """Take an import back."""
    from app.services import imports
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, progress("Undo") as on_step:
        answer = imports.undo(runtime.database, import_id, functools.partial(on_step, ""))
    sentence = f"{answer['filename']}: what it brought was taken back ({answer['id']})."
    show(answer, as_json=as_json, sentence=sentence)


def list_mappings(chosen: Settings, *, as_json: bool) -> None:
    """List saved mappings."""
    from app.services import mappings
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        rows = [
            {"name": saved.name, "kind": saved.kind, "title": saved.title}
            for saved in mappings.listed(session)
        ]
    lines = [f"{row['name']:<30}  {row['kind']:<10}  {row['title']}" for row in rows]
    show({"mappings": rows}, as_json=as_json, sentence="\n".join(lines) or "None is saved.")


def save_mapping(chosen: Settings, path: Path, *, as_json: bool) -> None:
    """Save a mapping."""
    from app.errors import InvalidRequest
    from app.services import mappings
    from app.services.runtime import open_runtime

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path.name} is not UTF-8 text.", parameter="file") from error
    with open_runtime(chosen, migrate=True) as runtime, runtime.database.writing() as session:
        name = mappings.save(session, text).name
    show({"name": name}, as_json=as_json, sentence=f"The mapping {name} is saved.")


def show_mapping(chosen: Settings, name: str) -> None:
    """Print a mapping."""
    from app.services import mappings
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        say(mappings.get(session, name).toml.rstrip())


def remove_mapping(chosen: Settings, name: str) -> None:
    """Forget a mapping."""
    from app.services import mappings
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.writing() as session:
        mappings.remove(session, name)
    say(f"The mapping {name} is forgotten.")


def _step(on_step: Any, name: str, number: int, total: int, fraction: float) -> None:
    on_step(f"{number + 1} of {total}, {name}", (number + fraction) / total)


def _take(runtime: Any, path: Path, order: IngestOrder, on_progress: Any) -> dict[str, Any]:
    from app.services import imports
    from app.services.datasets import DatasetTerms

    limits = runtime.settings.limits
    with path.open("rb") as stream:
        stored = runtime.store.receive(stream, limit=limits.upload_max_bytes)
    with runtime.database.writing() as session:
        asked = imports.ImportOrder(
            order.kind, order.dataset, path.name, DatasetTerms(**order.terms), order.options
        )
        import_id = imports.show(imports.register(session, stored, asked))["id"]
    work = imports.preview if order.dry_run else imports.load
    work(runtime.database, runtime.store, limits, import_id, on_progress)
    with runtime.database.reading() as session:
        record = imports.get(session, import_id)
        told = {**imports.report_json(record), "html": imports.report_html(record)}
    if order.dry_run and "refusal" in told["preview"]:
        refusal = told["preview"]["refusal"]
        return {**told, "error": refusal["message"], **refusal}
    return told


def _tell(path: Path, answer: dict[str, Any], *, as_json: bool) -> None:
    shown = {name: value for name, value in answer.items() if name != "html"}
    if as_json:
        show(shown, as_json=True, sentence="")
    elif "error" in answer:
        complain(f"{path.name}: {answer['error']}")
    else:
        say(_sentences(path, answer))


def _sentences(path: Path, answer: dict[str, Any]) -> str:
    if answer["status"] == "previewed":
        lines = _preview_lines(path, answer["preview"])
        told = answer["preview"]
    else:
        lines = _loaded_lines(path, answer)
        told = answer["report"]
    for finding in told["findings"][:5]:
        where = ", ".join(
            f"{name} {finding[name]}" for name in ("row", "column") if finding[name] is not None
        )
        lines.append(
            f"  {finding['severity']}: {where + ': ' if where else ''}{finding['message']}"
        )
    more = sum(told["finding_counts"].values()) - len(told["findings"][:5])
    if more > 0:
        lines.append(f"  and {more} more findings.")
    return "\n".join(lines)


def _loaded_lines(path: Path, answer: dict[str, Any]) -> list[str]:
    rows = answer["rows"]
    lines = [
        f"{path.name}: {rows['read']} rows read, {rows['loaded']} loaded, {rows['unchanged']} "
        f"unchanged, {rows['quarantined']} quarantined, {rows['skipped']} skipped "
        f"({answer['id']})."
    ]
    if rows["read"] and rows["unchanged"] == rows["read"]:
        lines.append("  Everything in it was there already; nothing changed.")
    return lines


def _preview_lines(path: Path, preview: dict[str, Any]) -> list[str]:
    whole = "all" if preview["is_whole_file"] else "the first"
    lines = [
        f"{path.name}: {whole} {preview['rows_examined']} rows looked at, "
        f"{preview['quarantined']} of them would be quarantined. Nothing was stored.",
        "  " + ", ".join(f"{name} {text}" for name, text in preview["description"].items()),
    ]
    for column in preview["columns"]:
        meaning = column["contaminant"] or column["meaning"]
        unit = f" [{column['unit']}]" if column["unit"] else ""
        lines.append(
            f"  {column['column']}: {meaning}{unit} ({column['confidence']:.0%}, "
            f"{column['reason']})"
        )
    return lines


def _summary(answers: list[dict[str, Any]]) -> str:
    """Return a line a file, and their sum."""
    names = ("read", "loaded", "unchanged", "quarantined", "skipped")
    width = max(len(answer["filename"]) for answer in answers)
    lines = ["", f"{'':<{width}}" + "".join(f"{name:>13}" for name in names)]
    total = dict.fromkeys(names, 0)
    for answer in answers:
        if "error" in answer:
            lines.append(f"{answer['filename']:<{width}}  refused")
            continue
        rows = {name: answer["rows"][name] or 0 for name in names}
        total = {name: total[name] + rows[name] for name in names}
        lines.append(
            f"{answer['filename']:<{width}}" + "".join(f"{rows[name]:>13,}" for name in names)
        )
    lines.append(f"{'together':<{width}}" + "".join(f"{total[name]:>13,}" for name in names))
    return "\n".join(lines)


def _check_report(path: Path | None) -> None:
    from app.errors import InvalidRequest

    if path is not None and path.suffix.lower() not in _FORMATS:
        raise InvalidRequest(
            f"--report ends in {', '.join(_FORMATS)}; {path.name} does not.", parameter="report"
        )


def _write_report(path: Path, answers: list[dict[str, Any]]) -> None:
    from app.services.imports import join_csv, join_html

    suffix = path.suffix.lower()
    if suffix == ".html":
        text = join_html([answer.get("html") or "" for answer in answers])
    elif suffix == ".csv":
        text = join_csv(answers)
    else:
        told = [{name: a for name, a in answer.items() if name != "html"} for answer in answers]
        text = json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n"
    path.write_text(text, encoding="utf-8", newline="")

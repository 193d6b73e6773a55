"""The report of an import for people and programs: HTML, CSV, JSON."""

import csv
import io
from html import escape
from typing import Any

from app.db.models import Import
from app.services.imports.records import show
from ingest.excerpt import guard_formula

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.25rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:start;padding:.35rem .6rem;border-bottom:1px solid #d5dcd8;vertical-align:top}
th{background:#eef2f0}td.number{text-align:end;font-variant-numeric:tabular-nums}
.error{color:#9b1c1c}.warning{color:#7a5200}.info{color:#3d4f47}
.muted{color:#55645d}.wide{overflow-x:auto}
@media print{body{margin:0;max-width:none}}
"""
_WORDS = {
    "loaded": "The good rows of this file are stored.",
    "refused": "Nothing of this file was stored.",
    "previewed": "Nothing is stored yet: this is what would be read.",
    "undone": "What this file brought was taken back.",
    "waiting": "The file waits to be read.",
    "reading": "The file is being read.",
}


def report_json(record: Import) -> dict[str, Any]:
    """Return an import with everything that is known of it."""
    return show(record) | {
        "options": record.options,
        "preview": record.preview,
        "report": record.report,
    }


def report_csv(record: Import) -> str:
    """Return the findings of an import, one a line, harmless in a spreadsheet."""
    return join_csv([report_json(record)])


def join_csv(reports: list[dict[str, Any]]) -> str:
    """Return the findings of several imports, as `report_json` gives them, in one table."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(["file", "severity", "code", "row", "column", "message"])
    for report in reports:
        if "error" in report:
            name, message = guard_formula(report["filename"]), guard_formula(report["error"])
            writer.writerow([name, "error", report.get("code", ""), "", "", message])
        told = report.get("report") or report.get("preview") or {}
        _write_findings(writer, report["filename"], told.get("findings", []))
    return target.getvalue()


def join_html(pages: list[str]) -> str:
    """Return several reports as one page."""
    if len(pages) == 1:
        return pages[0]
    bodies = [page.partition("<body>")[2].partition("</body>")[0] for page in pages if page]
    return _page("Report of imports", "<hr>".join(bodies))


def _write_findings(writer: Any, filename: str, findings: list[dict[str, Any]]) -> None:
    for finding in findings:
        writer.writerow(
            [
                guard_formula(filename),
                finding["severity"],
                finding["code"],
                finding["row"] if finding["row"] is not None else "",
                guard_formula(finding["column"] or ""),
                guard_formula(finding["message"]),
            ]
        )


def report_html(record: Import) -> str:
    """Return the report as one page that stands alone and prints well."""
    told = _told(record)
    shown = show(record)
    parts = [
        f"<h1>{escape(record.filename)}</h1>",
        f'<p class="muted">{escape(shown["id"])} · SHA-256 {escape(record.sha256)} · '
        f"{record.size_bytes:,} bytes</p>",
        f"<p>{_WORDS[record.status]}</p>",
        _refusal(told),
        _counts(shown["rows"]),
        _pairs("How the file was read", told.get("description", {})),
        _columns(told.get("columns", [])),
        _findings(told),
    ]
    return _page(f"Import of {record.filename}", "\n".join(filter(None, parts)))


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def _told(record: Import) -> dict[str, Any]:
    """Return the report, or the preview where nothing was loaded yet."""
    return record.report or record.preview or {}


def _refusal(told: dict[str, Any]) -> str:
    if "refusal" not in told:
        return ""
    return f'<p class="error"><strong>{escape(told["refusal"]["message"])}</strong></p>'


def _counts(rows: dict[str, int | None]) -> str:
    if rows["read"] is None:
        return ""
    names = "".join(f"<th>{escape(name)}</th>" for name in rows)
    numbers = "".join(f'<td class="number">{number or 0:,}</td>' for number in rows.values())
    return f"<h2>Rows</h2><table><tr>{names}</tr><tr>{numbers}</tr></table>"


def _pairs(title: str, pairs: dict[str, Any]) -> str:
    if not pairs:
        return ""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in pairs.items()
    )
    return f"<h2>{escape(title)}</h2><table>{rows}</table>"


def _columns(columns: list[dict[str, Any]]) -> str:
    if not columns:
        return ""
    rows = "".join(
        f"<tr><td>{escape(column['column'])}</td>"
        f"<td>{escape(column['contaminant'] or column['meaning'])}</td>"
        f"<td>{escape(column['unit'] or '')}</td>"
        f'<td class="number">{column["confidence"]:.0%}</td>'
        f"<td>{escape(column['reason'])}</td></tr>"
        for column in columns
    )
    head = "<tr><th>Column</th><th>Taken for</th><th>Unit</th><th>Confidence</th><th>Why</th></tr>"
    return f'<h2>Columns</h2><div class="wide"><table>{head}{rows}</table></div>'


def _findings(told: dict[str, Any]) -> str:
    findings = told.get("findings", [])
    if not findings:
        return "<h2>Findings</h2><p>None.</p>" if told else ""
    counts: dict[str, int] = told.get("finding_counts", {})
    rows = "".join(
        f'<tr><td class="{escape(finding["severity"])}">{escape(finding["severity"])}</td>'
        f"<td>{escape(finding['code'])}</td>"
        f'<td class="number">{finding["row"] or ""}</td>'
        f"<td>{escape(finding['column'] or '')}</td>"
        f"<td>{escape(finding['message'])}</td></tr>"
        for finding in findings
    )
    head = "<tr><th></th><th>Code</th><th>Row</th><th>Column</th><th></th></tr>"
    total = sum(counts.values())
    more = (
        f"<p>{len(findings):,} of {total:,} findings are shown.</p>"
        if total > len(findings)
        else ""
    )
    summary = "".join(
        f'<tr><td>{escape(code)}</td><td class="number">{number:,}</td></tr>'
        for code, number in sorted(counts.items(), key=lambda pair: -pair[1])
    )
    return (
        f"<h2>Findings by kind</h2><table>{summary}</table>"
        f'<h2>Findings</h2>{more}<div class="wide"><table>{head}{rows}</table></div>'
    )

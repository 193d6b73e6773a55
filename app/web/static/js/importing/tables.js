// What was understood of a file, as tables a person can check and correct.

import { el } from "../dom.js";
import { number, percent, t } from "../i18n.js";

const table = (heads, rows) =>
  el("div", { class: "wide", tabindex: "0" },
    el("table", {}, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows)));

export function meaningOf(column) {
  if (column.meaning !== "contaminant" && column.meaning !== "uncertainty_of") return column.meaning;
  const kind = column.meaning === "contaminant" ? "contaminant" : "uncertainty";
  const unit = column.unit ? ` [${column.unit}]` : "";
  const extraction = column.extraction ? ` (${column.extraction})` : "";
  const factor = column.coverage_factor ? ` k=${column.coverage_factor}` : "";
  return `${kind}:${column.contaminant}${unit}${extraction}${factor}`;
}

// Each column with a field to say what it is instead; `changed` hears what was typed.
export function columnsTable(columns, changed) {
  const heads = [t("import.column"), t("import.taken_for"), t("import.sure"), t("import.why")];
  const rows = columns.map((column) => {
    const field = el("input", { type: "text", dir: "ltr", value: meaningOf(column), "aria-label": column.column, list: "meanings" });
    field.addEventListener("change", () => changed(column.column, field.value.trim()));
    return el("tr", {},
      el("td", { class: "name" }, column.column),
      el("td", {}, field),
      el("td", {}, el("span", { class: "sure" }, el("meter", { value: column.confidence, low: 0.6, high: 0.9, optimum: 1, "aria-hidden": "true" }), percent(column.confidence))),
      el("td", { lang: "en", dir: "ltr" }, column.reason));
  });
  return table(heads, rows);
}

// One row per code, with its number, an example, and a box where a repair can be accepted.
export function findingsTable(told, accepted, changed) {
  const heads = [t("import.severity"), t("import.finding"), t("import.number"), t("import.accept")];
  const first = new Map();
  for (const finding of told.findings) {
    const kept = first.get(finding.code);
    if (!kept || (finding.repair && !kept.repair)) first.set(finding.code, finding);
  }
  const worst = ["error", "warning", "info"];
  const sorted = [...first.values()].sort((one, other) => worst.indexOf(one.severity) - worst.indexOf(other.severity));
  const rows = sorted.map((finding) => {
    const where = finding.row ? `${t("import.row", { row: String(finding.row) })}: ` : "";
    const repairable = Boolean(finding.repair) || accepted.includes(finding.code);
    const box = el("input", { type: "checkbox", checked: accepted.includes(finding.code) });
    box.addEventListener("change", () => changed(finding.code, box.checked));
    return el("tr", {},
      el("td", { class: finding.severity }, t(`import.severity.${finding.severity}`)),
      el("td", { class: "said", lang: "en", dir: "ltr" }, where, finding.message),
      el("td", { class: "number" }, number(told.finding_counts[finding.code] ?? 1)),
      el("td", { lang: "en", dir: "ltr" }, repairable ? el("label", { class: "check" }, box, el("span", {}, finding.repair ?? finding.code)) : ""));
  });
  return table(heads, rows);
}

function resultText(result) {
  const sign = { left: "< ", right: "> " }[result.censoring] ?? "";
  const value = result.value ?? result.detection_limit;
  const spread = result.uncertainty === null || result.uncertainty === undefined ? "" : ` ± ${number(result.uncertainty)}`;
  return `${result.contaminant} ${sign}${value === null ? "?" : number(value)}${spread} ${result.unit}`;
}

export function rowsTable(rows) {
  const heads = [t("import.row_head"), t("import.record"), t("import.place"), t("import.content")];
  return table(heads, rows.map((row) => {
    const name = row.sample_code ?? row.site_code ?? row.name ?? row.area_name ?? row.area_code ?? "";
    const place = row.longitude === undefined || row.longitude === null ? "" : `${row.longitude.toFixed(5)}, ${row.latitude.toFixed(5)}`;
    const content = row.results ? row.results.map(resultText).join(" · ") : (row.type ?? `${row.contaminant ?? ""} n ${row.n ?? ""}`);
    return el("tr", {},
      el("td", { class: "number" }, String(row.row_number)),
      el("td", { class: "name" }, name),
      el("td", { dir: "ltr" }, place),
      el("td", { dir: "ltr" }, content));
  }));
}

export function factsList(facts) {
  return el("dl", { class: "facts" }, Object.entries(facts).flatMap(([name, value]) => [el("dt", { lang: "en" }, name), el("dd", { dir: "ltr" }, String(value))]));
}

export function countsList(rows) {
  return el("dl", { class: "counts" }, ["read", "loaded", "unchanged", "quarantined", "skipped"].map((name) =>
    el("div", {}, el("dt", {}, t(`import.rows.${name}`)), el("dd", {}, number(rows[name] ?? 0)))));
}

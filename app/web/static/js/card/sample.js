// A sample with every result: a non-detect is written "< limit", never as a number it is not.

import { el } from "../dom.js";
import { number, period, t } from "../i18n.js";
import { quantity, section } from "./card.js";

// A laboratory's uncertainty, with what it is a multiple of where the laboratory says so.
function spread({ uncertainty, coverage_factor: factor }) {
  if (uncertainty === null || uncertainty === undefined) return "";
  return ` ± ${number(uncertainty, 3)}${factor ? ` (k = ${number(factor)})` : ""}`;
}

export function resultText({ value, censoring, detection_limit: limit, unit, ...told }) {
  const amount = value ?? limit;
  const sign = { left: "< ", right: "> " }[censoring] ?? "";
  if (amount === null || amount === undefined) {
    return censoring === "left" ? t("sample.below_unknown_limit") : t("value.unknown");
  }
  const shown = censoring === "left" ? (limit ?? amount) : amount;
  return `${sign}${number(shown, 4)}${spread(told)} ${unit ?? ""}`.trim();
}

function depth({ depth_upper_cm: upper, depth_lower_cm: lower }) {
  if (upper === null || upper === undefined || lower === null || lower === undefined) return t("value.unknown");
  return quantity(`${number(upper)}–${number(lower)} cm`);
}

function qualifiers({ fraction, extraction, qualifier }) {
  return [fraction, extraction ?? t("sample.extraction_unknown"), qualifier].filter(Boolean).join(" · ");
}

function row(result, context) {
  const known = result.detection_limit !== null && result.detection_limit !== undefined;
  return el(
    "tr",
    { class: result.contaminant === context.contaminant ? "current" : null },
    el(
      "th",
      { scope: "row" },
      el("span", { dir: "auto" }, context.nameOf(result.contaminant, result.name)),
      el("small", { dir: "auto" }, qualifiers(result)),
    ),
    el("td", {}, quantity(resultText(result))),
    el("td", {}, known ? quantity(`${number(result.detection_limit)} ${result.unit ?? ""}`) : t("value.not_stated")),
  );
}

export function sampleSection(feature, context) {
  const facts = feature.properties;
  const results = [...(facts.results ?? [])].sort(
    (a, b) => (b.contaminant === context.contaminant) - (a.contaminant === context.contaminant),
  );
  const head = ["sample.contaminant", "sample.value", "sample.limit"].map((key) => el("th", { scope: "col" }, t(key)));
  return section({
    kind: "sample",
    heading: facts.site,
    rows: [
      [t("sample.date"), period(facts.sampled_from, facts.sampled_to)],
      [t("sample.depth"), depth(facts)],
      facts.site ? null : [t("sample.id"), el("code", {}, feature.id)],
      facts.repairs ? [t("sample.repairs"), el("span", { lang: "en", dir: "ltr" }, facts.repairs.split(" ").map((code) => code.replaceAll("_", " ")).join(", "))] : null,
      [t("dataset"), facts.dataset_title ?? facts.dataset ?? t("value.unknown")],
    ],
    after: el(
      "table",
      { class: "results" },
      el("thead", {}, el("tr", {}, head)),
      el("tbody", {}, results.map((result) => row(result, context))),
    ),
  });
}

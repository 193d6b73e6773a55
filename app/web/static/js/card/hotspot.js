// A hotspot in words: why it is one, how large, how sure, measured against which number.

import { address } from "../api.js";
import { el, link } from "../dom.js";
import { area, number, percent, t } from "../i18n.js";
import { classInWords, classOfHotspot, limitOf, supportOf } from "../map/hotspots.js";
import { patchOf } from "../map/icons.js";
import { quantity, section } from "./card.js";
import { guidelineFacts } from "./guideline.js";
import { mixtureLead, mixtureRows } from "./mixture.js";

export function hotspotSection(feature, context) {
  const facts = feature.properties;
  const unit = limitOf(facts).unit || (context.unit ?? "");
  const name = classOfHotspot(facts);
  return section({
    kind: "hotspot",
    heading: context.namesOf(facts.contaminants),
    lead: [
      el("p", { class: "support" }, patchOf(name), el("span", {}, classInWords(name, facts.parameters))),
      Number.isFinite(limitOf(facts).value) ? el("p", { class: "support" }, t(`hotspot.support.${supportOf(facts)}`)) : null,
      facts.mixture ? mixtureLead(facts.mixture, context) : null,
      facts.reason ? el("p", { class: "reason", lang: "en", dir: "auto" }, facts.reason) : null,
    ],
    rows: [
      [t("hotspot.area"), area(facts.area_m2)],
      [t("hotspot.samples"), t("hotspot.samples_at_places", { count: facts.sample_count ?? 0, places: facts.place_count ?? 0 })],
      facts.sample_count ? [t("hotspot.maximum"), amount(facts.max_value, unit), " ", sampleButton(facts, context)] : null,
      facts.sample_count ? [t("hotspot.mean"), amount(facts.mean_value, unit)] : null,
      facts.censored_share ? [t("hotspot.censored"), percent(facts.censored_share)] : null,
      facts.undecidable_share ? [t("hotspot.undecidable"), percent(facts.undecidable_share)] : null,
      figures(facts),
      ...(facts.mixture ? mixtureRows(facts.mixture, context) : []),
      ...guidelineFacts(facts.guideline),
      facts.extraction_note ? [t("hotspot.extraction"), el("span", { lang: "en" }, facts.extraction_note)] : null,
      [t("hotspot.definition"), facts.definition ? t(`definition.${facts.definition}`) : t("value.unknown")],
      [t("hotspot.reason_code"), el("code", {}, facts.reason_code ?? t("value.unknown"))],
      facts.datasets?.length ? [t("datasets"), context.datasetTitles(facts.datasets)] : null,
    ],
    after: facts.surface ? el("p", { class: "more" }, link(address(`/api/surfaces/${facts.surface}`), t("surface.model_card"))) : [],
  });
}

// Of several contaminants a sample's figure is its largest result over its own guideline value.
const amount = (value, unit) => (unit === "ratio" ? t("mixture.times", { value: number(value) }) : quantity(`${number(value)} ${unit}`));

// The definition's own figure over the cells: a probability, a concentration, or a statistic.
function figures(facts) {
  if ((facts.quantity_mean ?? null) === null) return null;
  const isShare = facts.quantity === "probability";
  const written = isShare ? percent : (value) => number(value);
  const [min, mean, max] = ["min", "mean", "max"].map((name) => written(facts[`quantity_${name}`]));
  return [t(isShare ? `hotspot.probability${facts.mixture ? "_together" : ""}` : `hotspot.quantity.${facts.quantity}`), t("hotspot.probability_values", { min, mean, max })];
}

function sampleButton({ max_sample: id }, { openSample }) {
  if (!/^sm_/.test(id ?? "")) return null;
  return el("button", { type: "button", class: "link", onclick: () => openSample(id) }, t("hotspot.show_sample"));
}

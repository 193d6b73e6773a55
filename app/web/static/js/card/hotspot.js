// A hotspot in words: why it is one, how large, how sure, measured against which number.

import { address } from "../api.js";
import { el, link } from "../dom.js";
import { area, number, percent, t } from "../i18n.js";
import { classOfHotspot, limitOf } from "../map/hotspots.js";
import { patchOf } from "../map/icons.js";
import { quantity, section } from "./card.js";
import { guidelineFacts } from "./guideline.js";

export function hotspotSection(feature, context) {
  const facts = feature.properties;
  const unit = limitOf(facts).unit || (context.unit ?? "");
  const name = classOfHotspot(facts);
  return section({
    kind: "hotspot",
    heading: context.namesOf(facts.contaminants),
    lead: [
      el("p", { class: "support" }, patchOf(name), el("span", {}, t(`hotspot.class.${name}`))),
      facts.reason ? el("p", { class: "reason", lang: "en", dir: "auto" }, facts.reason) : null,
    ],
    rows: [
      [t("hotspot.area"), area(facts.area_m2)],
      [t("hotspot.samples"), t("hotspot.samples_at_places", { count: facts.sample_count ?? 0, places: facts.place_count ?? 0 })],
      facts.sample_count ? [t("hotspot.maximum"), quantity(`${number(facts.max_value)} ${unit}`), " ", sampleButton(facts, context)] : null,
      facts.sample_count ? [t("hotspot.mean"), quantity(`${number(facts.mean_value)} ${unit}`)] : null,
      [
        t("hotspot.probability"),
        t("hotspot.probability_values", { min: percent(facts.p_min), mean: percent(facts.p_mean), max: percent(facts.p_max) }),
      ],
      facts.q === undefined ? null : [t("hotspot.q"), quantity(`P ≥ ${number(facts.q)}`)],
      ...guidelineFacts(facts.guideline),
      facts.extraction_note ? [t("hotspot.extraction"), el("span", { lang: "en" }, facts.extraction_note)] : null,
      [t("hotspot.definition"), facts.definition ?? t("value.unknown")],
      [t("hotspot.reason_code"), el("code", {}, facts.reason_code ?? t("value.unknown"))],
      facts.datasets?.length ? [t("datasets"), context.datasetTitles(facts.datasets)] : null,
    ],
    after: facts.surface ? el("p", { class: "more" }, link(address(`/api/surfaces/${facts.surface}`), t("surface.model_card"))) : [],
  });
}

function sampleButton({ max_sample: id }, { openSample }) {
  if (!/^sm_/.test(id ?? "")) return null;
  return el("button", { type: "button", class: "link", onclick: () => openSample(id) }, t("hotspot.show_sample"));
}

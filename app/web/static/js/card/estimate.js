// What the surface says at one place: the median, how sure it is, and P(> threshold).

import { el, replace } from "../dom.js";
import { number, percent, t } from "../i18n.js";
import { getJson } from "../api.js";
import { knows } from "../map/surface.js";
import { busy, facts, quantity, section } from "./card.js";
import { problemText } from "../panel/status.js";

// A section that fills itself, and again whenever the threshold moves.
export function createEstimate(lngLat, stateOf, nameOf) {
  const content = el("div", {}, busy());
  const { surface } = stateOf();
  let controller = null;

  async function refresh() {
    controller?.abort();
    controller = new AbortController();
    const { threshold } = stateOf();
    const values = new URLSearchParams({ lon: lngLat.lng.toFixed(6), lat: lngLat.lat.toFixed(6) });
    if (knows(surface, threshold)) values.set("threshold", threshold);
    try {
      const answer = await getJson(`/api/surfaces/${surface.id}/value?${values}`, { signal: controller.signal });
      replace(content, describe(answer, surface));
    } catch (problem) {
      if (problem.name !== "AbortError") replace(content, el("p", { class: "caution" }, problemText(problem)));
    }
  }

  refresh();
  const node = section({ kind: "estimate", heading: nameOf(surface.contaminant, surface.contaminant_name), lead: content });
  return { node, refresh };
}

function describe(answer, surface) {
  if (!answer.inside) return el("p", {}, t("estimate.outside"));
  const unit = answer.unit ?? surface.unit;
  const middle = answer.median ?? answer.value;
  const { p05, p95 } = answer.quantiles ?? {};
  const probability = answer.probability;
  const isKnown = (value) => value !== null && value !== undefined;
  return [
    isKnown(middle)
      ? el("p", { class: "figure" }, quantity(`${number(middle)} ${unit}`), el("small", {}, t("estimate.median")))
      : null,
    facts([
      isKnown(p05) ? [t("estimate.interval"), quantity(`${number(p05)} – ${number(p95)} ${unit}`)] : null,
      isKnown(answer.mean) ? [t("estimate.mean"), quantity(`${number(answer.mean)} ${unit}`)] : null,
      isKnown(probability)
        ? [
            t("estimate.exceeds", { threshold: `${number(answer.threshold)} ${unit}` }),
            quantity(percent(probability)),
            el("span", { class: "words" }, t(likelihood(probability))),
          ]
        : null,
    ]),
    surface.family === "none" ? el("p", { class: "caution" }, t("estimate.no_uncertainty")) : null,
    el("p", { class: "more" }, t("estimate.support")),
  ];
}

function likelihood(probability) {
  if (probability >= 0.9) return "likelihood.very_likely";
  if (probability >= 0.66) return "likelihood.likely";
  if (probability > 0.33) return "likelihood.about_as_likely";
  return probability > 0.1 ? "likelihood.unlikely" : "likelihood.very_unlikely";
}

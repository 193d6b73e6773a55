// A guideline value with what one must know before using it.

import { el, link } from "../dom.js";
import { number, t } from "../i18n.js";
import { quantity } from "./card.js";

export function guidelineFacts(guideline) {
  if (!guideline) return [];
  const upper = guideline.value_max ? `–${number(guideline.value_max)}` : "";
  return [
    [t("guideline"), quantity(`${number(guideline.value)}${upper} ${guideline.unit ?? ""}`)],
    guideline.tier_local ? [t("guideline.tier"), guideline.tier_local] : null,
    [t("guideline.framework"), guideline.legal_name ?? guideline.framework ?? t("value.unknown")],
    guideline.soil_texture ? [t("guideline.soil_texture"), guideline.soil_texture] : null,
    guideline.land_use ? [t("guideline.land_use"), guideline.land_use] : null,
    guideline.basis ? [t("guideline.basis"), guideline.basis] : null,
    [t("guideline.citation"), citation(guideline)],
    [t("guideline.verification"), verification(guideline)],
  ];
}

function citation({ citation: text, url, source_url: sourceUrl }) {
  const target = url ?? sourceUrl;
  const words = text ?? target ?? t("value.unknown");
  return target ? el("bdi", {}, link(target, words)) : words;
}

function verification({ verified }) {
  // The registry says "yes", "no" or a boolean, as its table does.
  const sure = verified === true || verified === "yes";
  return el("span", { class: sure ? "verified" : "unverified" }, t(sure ? "guideline.verified" : "guideline.unverified"));
}

export const isVerified = (guideline) => guideline.verified === true || guideline.verified === "yes";

// A potential source, or a member of the network.

import { el, link } from "../dom.js";
import { country, number, t } from "../i18n.js";
import { quantity, section } from "./card.js";

function years({ operating_from: from, operating_to: to }) {
  if (!from && !to) return t("value.unknown");
  return quantity(`${from ?? "?"} – ${to ?? t("source.until_unknown")}`);
}

export function sourceSection(feature, context) {
  const facts = feature.properties;
  const accuracy = facts.positional_accuracy_m;
  return section({
    kind: "source",
    heading: facts.name,
    lead: el("p", { class: "caution" }, t("source.potential_note")),
    rows: [
      [t("source.type"), facts.type_name ?? facts.type ?? t("value.unknown")],
      facts.contaminants?.length ? [t("source.contaminants"), context.namesOf(facts.contaminants)] : null,
      [t("source.operating"), years(facts)],
      [
        t("source.accuracy"),
        accuracy ? t("source.accuracy_value", { metres: number(accuracy) }) : t("value.not_stated"),
      ],
      facts.citation ? [t("citation"), facts.citation_url ? el("bdi", {}, link(facts.citation_url, facts.citation)) : facts.citation] : null,
      facts.dataset ? [t("dataset"), context.datasetTitles([facts.dataset])] : null,
    ],
  });
}

export function memberSection(feature) {
  const facts = feature.properties;
  return section({
    kind: "member",
    heading: facts.name,
    rows: [
      [t("member.kind"), t(`member.kind.${facts.kind === "organisation" ? "organisation" : "person"}`)],
      facts.organisation ? [t("member.organisation"), facts.organisation] : null,
      [t("member.place"), [facts.city, facts.country ? country(facts.country) : null].filter(Boolean).join(", ")],
      facts.working_groups?.length ? [t("member.working_groups"), facts.working_groups.join(", ")] : null,
    ],
    after: el("p", { class: "more" }, t("member.city_precision")),
  });
}

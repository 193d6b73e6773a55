// What a hotspot of several contaminants says of each of them, and of all together, in plain words.

import { el } from "../dom.js";
import { number, percent, t } from "../i18n.js";

const SHOWN = 4; // combinations; the rest are rarer

export function mixtureLead(mixture, { namesOf }) {
  const { drivers } = mixture;
  if (!drivers) return null;
  const text = drivers.length ? t("mixture.drivers", { names: namesOf(drivers) }) : t("mixture.no_driver");
  return el("p", { class: "support" }, text);
}

export function mixtureRows(mixture, { namesOf }) {
  const { contaminants, combinations, at_least: least } = mixture;
  const combination = ({ contaminants: codes, probability }) =>
    el("li", {}, `${codes.length ? namesOf(codes) : t("mixture.none")}: ${percent(probability)}`);
  const alone = (one) =>
    el(
      "li",
      {},
      t("mixture.of", { name: namesOf([one.contaminant]), mean: percent(one.p_mean), value: `${number(one.threshold)} ${one.unit}` }),
    );
  return [
    [t("mixture.at_least"), t("mixture.count_of", { least, count: contaminants.length })],
    [t("mixture.each"), el("ul", {}, contaminants.map(alone))],
    [t("mixture.together"), el("ul", {}, combinations.slice(0, SHOWN).map(combination))],
    [t("mixture.expected"), number(mixture.expected_number)],
    mixture.dominant
      ? [t("mixture.dominant"), t("mixture.dominant_of", { name: namesOf([mixture.dominant]), sum: number(mixture.sum_of_ratios) })]
      : null,
  ];
}

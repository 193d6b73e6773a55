// Two hotspot layers side by side: what was gained, lost, grew or shrank, with areas.

import { getJson } from "../api.js";
import { byId, el, replace } from "../dom.js";
import { area, date, number, t } from "../i18n.js";
import { isOf, limitOf } from "../map/hotspots.js";
import { clearNotice, showProblem } from "./status.js";

// A layer as a line of a list: definition, value, and when it was found.
export function layerInWords(layer) {
  const { value, unit } = limitOf(layer);
  const limit = Number.isFinite(value) ? ` > ${number(value)} ${unit}` : "";
  const together = (layer.components ?? []).map((one) => one.contaminant_name).join(" + ");
  return `${t(`definition.${layer.definition}`)}${limit}${together && ` (${together})`} · ${date(layer.created) ?? ""}`;
}

export function createComparison(store) {
  const choice = byId("compare-choice");
  const select = byId("compare-select");
  const list = byId("compare-list");
  let turn = 0;

  store.on(["hotspotLayer", "hotspotLayers", "contaminant"], ({ hotspotLayer, hotspotLayers, contaminant }) => {
    const others = hotspotLayers.filter((one) => isOf(one, contaminant?.code) && one.id !== hotspotLayer?.id);
    choice.hidden = !hotspotLayer || !others.length;
    replace(select, [el("option", { value: "" }, t("compare.none")), ...others.map((one) => el("option", { value: one.id }, layerInWords(one)))]);
    show(null);
  });
  select.addEventListener("change", compare);

  function show(changes) {
    list.hidden = !changes;
    const told = Object.entries(changes ?? {}).filter(([, { count }]) => count);
    replace(
      list,
      told.map(([change, { count, gained_m2: gained, lost_m2: lost }]) =>
        el("li", {}, el("strong", {}, t(`compare.${change}`, { count })), " ", el("bdi", { dir: "ltr" }, `+${area(gained)} / −${area(lost)}`)),
      ),
    );
  }

  async function compare() {
    turn += 1;
    const mine = turn;
    show(null);
    clearNotice("compare");
    if (!select.value) return;
    try {
      const { changes } = await getJson(`/api/hotspots/compare?from=${select.value}&to=${store.get().hotspotLayer.id}`);
      if (mine === turn) show(changes);
    } catch (problem) {
      if (mine === turn) showProblem("hotspots", problem, compare);
    }
  }
}

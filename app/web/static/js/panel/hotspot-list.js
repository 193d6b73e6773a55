// The hotspots of the view as a list: the way in for keyboards and screen readers, and for a quick look.

import { byId, el, replace } from "../dom.js";
import { area, percent, t } from "../i18n.js";
import { HOTSPOT_CLASSES, classOfHotspot } from "../map/hotspots.js";
import { patchOf } from "../map/icons.js";

const FIRST = 6;
const MOST = 200;
let isLong = false;

export function renderHotspotList({ hotspots, hotspotLayer, layers }, onOpen) {
  const node = byId("hotspot-list");
  const sorted = [...hotspots].sort((a, b) => rank(a) - rank(b) || b.properties.area_m2 - a.properties.area_m2);
  const visible = sorted.slice(0, isLong ? MOST : FIRST);
  byId("hotspots-panel").hidden = !hotspotLayer || !layers.hotspots;
  byId("hotspot-count").textContent = t("hotspot.in_view", { count: hotspots.length });
  replace(
    node,
    visible.map((feature) => row(feature, onOpen)),
  );
  const more = byId("hotspot-more");
  more.hidden = sorted.length <= FIRST;
  more.textContent = isLong ? t("action.fewer") : t("action.all", { count: Math.min(sorted.length, MOST) });
  more.onclick = () => {
    isLong = !isLong;
    renderHotspotList({ hotspots, hotspotLayer, layers }, onOpen);
  };
}

// What the definition is surest of comes first.
const rank = ({ properties }) => HOTSPOT_CLASSES.indexOf(classOfHotspot(properties));

function row(feature, onOpen) {
  const { area_m2: size, p_mean: mean, sample_count: samples } = feature.properties;
  const isShare = (mean ?? null) !== null;
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "hotspot-row", onclick: () => onOpen(feature) },
      patchOf(classOfHotspot(feature.properties)),
      el("strong", {}, area(size)),
      el("span", {}, t(isShare ? "hotspot.row" : "hotspot.row_samples", { count: samples ?? 0, mean: isShare ? percent(mean) : "" })),
    ),
  );
}

// The list of layers: seen or not, how opaque, and the symbol each one has on the map.

import { byId, el, replace } from "../dom.js";
import { t } from "../i18n.js";
import { imageOf, patchOf } from "../map/icons.js";
import { LAYERS } from "../store.js";

const symbols = {
  surface: () => el("span", { class: "icon symbol-surface", "aria-hidden": "true" }),
  hotspots: () => patchOf("likely"),
  samples: () => el("span", { class: "icon symbol-sample", "aria-hidden": "true" }),
  sources: () => imageOf("works"),
  members: () => imageOf("person"),
};

export function createLayerList(store) {
  const counts = {};
  const rows = LAYERS.map((name) => {
    const box = el("input", {
      type: "checkbox",
      id: `layer-${name}`,
      checked: store.get().layers[name],
      onchange: () => store.set({ layers: { ...store.get().layers, [name]: box.checked } }),
    });
    counts[name] = el("span", { class: "count" });
    return el(
      "li",
      {},
      el("label", { for: box.id }, box, symbols[name](), el("span", { class: "layer-name" }, t(`layer.${name}`)), counts[name]),
      name in store.get().opacity ? opacity(name, store) : null,
    );
  });
  replace(byId("layers"), rows);
  return (name, text) => {
    counts[name].textContent = text;
  };
}

function opacity(name, store) {
  const slider = el("input", {
    type: "range",
    min: "0.1",
    max: "1",
    step: "0.05",
    value: store.get().opacity[name],
    "aria-label": t("layer.opacity", { layer: t(`layer.${name}`) }),
    oninput: () => store.set({ opacity: { ...store.get().opacity, [name]: Number(slider.value) } }),
  });
  return el("span", { class: "opacity" }, el("span", { "aria-hidden": "true" }, t("layer.opacity_short")), slider);
}

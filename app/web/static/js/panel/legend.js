// The legend: the breaks of the tiles, with units; each symbol in words.

import { byId, el, replace } from "../dom.js";
import { number, t } from "../i18n.js";
import { nameOf } from "../contaminants.js";
import { HOTSPOT_CLASSES, classInWords, classOfHotspot, limitOf } from "../map/hotspots.js";
import { imageOf, patchOf } from "../map/icons.js";

export function renderLegend(state) {
  replace(byId("legend-body"), [
    state.layers.surface && state.surface && state.legend ? surfacePart(state) : null,
    state.layers.samples && state.medianLegend ? samplePart(state) : null,
    state.layers.hotspots && state.hotspots.length ? hotspotPart(state) : null,
    placePart(state.layers),
  ]);
}

function surfacePart(state) {
  const { surface, view, legend, threshold, contaminant } = state;
  const name = nameOf(contaminant);
  const title =
    view === "probability"
      ? t("legend.probability", { name, threshold: `${number(threshold)} ${surface.unit}` })
      : t("legend.median", { name, unit: legend.unit ?? surface.unit });
  return el("div", { class: "legend-part" }, el("h3", {}, title), scale(legend, view === "median" ? threshold : null, view));
}

function samplePart(state) {
  const { medianLegend, surface, view, contaminant, threshold } = state;
  const isShared = state.layers.surface && surface && view === "median";
  const unit = medianLegend.unit ?? surface?.unit ?? contaminant?.unit ?? "";
  const middle = medianLegend.stops[Math.floor(medianLegend.stops.length / 2)].color;
  const row = (shape, text) => {
    const dot = el("span", { class: `icon dot ${shape}`, "aria-hidden": "true" });
    if (shape !== "dot-censored") dot.style.background = middle;
    return el("li", {}, dot, text);
  };
  return el(
    "div",
    { class: "legend-part" },
    isShared ? null : el("h3", {}, t("legend.samples", { name: nameOf(contaminant), unit })),
    isShared ? null : scale(medianLegend, null, "median"),
    el(
      "ul",
      { class: "legend-list" },
      isShared ? row("dot-plain", t("legend.samples_shared")) : null,
      threshold ? row("dot-above", t("legend.sample_above")) : null,
      row("dot-censored", t("legend.sample_censored")),
    ),
  );
}

function hotspotPart({ hotspots, hotspotLayer }) {
  const present = new Set(hotspots.map(({ properties }) => classOfHotspot(properties)));
  const { value, unit } = limitOf(hotspotLayer ?? {});
  const name = hotspotLayer?.definition ? t(`definition.${hotspotLayer.definition}`) : t("layer.hotspots");
  const definition = Number.isFinite(value) ? t("legend.hotspots_defined", { name, value: `${number(value)} ${unit}` }) : name;
  return el(
    "div",
    { class: "legend-part" },
    el("h3", {}, definition),
    el(
      "ul",
      { class: "legend-list" },
      HOTSPOT_CLASSES.filter((name) => present.has(name)).map((name) => el("li", {}, patchOf(name), classInWords(name, hotspotLayer?.parameters))),
    ),
  );
}

function placePart(layers) {
  const rows = [
    layers.sources ? el("li", {}, imageOf("works"), t("legend.sources")) : null,
    layers.members ? el("li", {}, imageOf("person"), t("legend.members")) : null,
  ].filter(Boolean);
  return rows.length ? el("div", { class: "legend-part" }, el("ul", { class: "legend-list" }, rows)) : null;
}

// A continuous scale with its stops, or blocks with the lower edge of each class under its start.
function scale(legend, threshold, view) {
  const { stops } = legend;
  const bar = el("div", { class: "scale-bar", "aria-hidden": "true" });
  const ticks = el("div", { class: "scale-ticks", "aria-hidden": "true" });
  const isRamp = Boolean(legend.scale) && stops.length > 1;
  const share = (index) => (100 * index) / (isRamp ? stops.length - 1 : stops.length);
  if (isRamp) {
    bar.style.background = `linear-gradient(to right, ${stops.map((stop, index) => `${stop.color} ${share(index)}%`).join(", ")})`;
  }
  const every = Math.ceil(stops.length / 6);
  stops.forEach((stop, index) => {
    if (!isRamp) {
      const block = el("span", {});
      block.style.background = stop.color;
      bar.append(block);
    }
    if (index % every) return;
    const tick = el("span", {}, view === "probability" ? number(stop.value, 2) : number(stop.value));
    tick.style.left = `${share(index)}%`;
    ticks.append(tick);
  });
  const words = stops.map((stop) => stop.label ?? number(stop.value)).join("; ");
  return el("div", { class: "scale", dir: "ltr", role: "img", "aria-label": words }, bar, marker(legend, share, threshold), ticks);
}

// Where the threshold stands among the classes.
function marker({ stops, scale: kind }, share, threshold) {
  if (!threshold || threshold < stops[0].value) return null;
  const after = stops.findIndex((stop) => stop.value > threshold);
  if (after < 1) return null;
  const along = (value) => (kind === "logarithmic" ? Math.log(value) : value);
  const [low, high] = [along(stops[after - 1].value), along(stops[after].value)];
  const node = el("span", { class: "scale-threshold", title: t("legend.threshold") });
  node.style.left = `${share(after - 1 + (along(threshold) - low) / (high - low))}%`;
  return node;
}

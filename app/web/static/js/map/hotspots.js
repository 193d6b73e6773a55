// Hotspot polygons: colour, hatching and outline say how sure the definition is of them.

import { number, t } from "../i18n.js";
import { COLORS } from "./basemap.js";

export const HOTSPOT_CLASSES = ["likely", "possible", "cannot_be_ruled_out", "undecidable", "significant", "highest"];
// The selected one: yellow on a dark edge, to be seen on every colour of a surface.
export const HOTSPOT_MARKS = ["hotspots-mark-edge", "hotspots-mark"];
const DASHES = { possible: [3, 2], cannot_be_ruled_out: [0.6, 1.8], undecidable: [1.2, 1.2] };

export const classOfHotspot = ({ confidence }) => (HOTSPOT_CLASSES.includes(confidence) ? confidence : "likely");

// The class in words, with the fractions its layer was made with.
export function classInWords(name, parameters = {}) {
  const shown = ["likely", "possible", "cannot_be_ruled_out"].map((key) => [key, number(parameters[key])]);
  return t(`hotspot.confidence.${name}`, Object.fromEntries(shown));
}

// Confirmed: a sample inside is above the guideline value. Below: samples inside, none above.
export function supportOf(properties) {
  if (!properties.sample_count) return "unsampled";
  return properties.max_value > limitOf(properties).value ? "confirmed" : "below";
}

// What a hotspot or its layer was measured against. The threshold goes before the registry's number,
// which may be corrected for the soil, be one end of a range, or have changed since.
export function limitOf({ guideline, threshold, unit }) {
  return { value: threshold ?? guideline?.value ?? Infinity, unit: guideline?.unit ?? unit ?? "" };
}

// Whether a layer is one of this contaminant, or of several with it among them.
export const isOf = (layer, code) => layer.contaminants.includes(code);

export function toMapFeature(feature) {
  return {
    type: "Feature",
    geometry: feature.geometry,
    properties: { key: feature.id, kind: "hotspot", class: classOfHotspot(feature.properties) },
  };
}

export function hotspotLayers() {
  const fill = {
    id: "hotspots-fill",
    type: "fill",
    source: "hotspots",
    paint: { "fill-pattern": ["get", "class"], "fill-opacity": 0.55 },
  };
  const halo = {
    id: "hotspots-halo",
    type: "line",
    source: "hotspots",
    layout: { "line-join": "round" },
    paint: { "line-color": "#ffffff", "line-width": 3.6, "line-opacity": 0.7 },
  };
  const outlines = HOTSPOT_CLASSES.map((name) => ({
    id: `hotspots-${name}`,
    type: "line",
    source: "hotspots",
    filter: ["==", ["get", "class"], name],
    layout: { "line-join": "round", "line-cap": name === "cannot_be_ruled_out" ? "round" : "butt" },
    paint: {
      "line-color": COLORS[name],
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1.2, 14, 2.4],
      ...(DASHES[name] ? { "line-dasharray": DASHES[name] } : {}),
    },
  }));
  const marks = HOTSPOT_MARKS.map((id, index) => ({
    id,
    type: "line",
    source: "hotspots",
    filter: ["==", ["get", "key"], ""],
    layout: { "line-join": "round" },
    paint: { "line-color": [COLORS.ink, "#ffbf3f"][index], "line-width": [7, 4][index] },
  }));
  return [fill, halo, ...outlines, ...marks];
}

export function setHotspotOpacity(map, opacity) {
  map.setPaintProperty("hotspots-fill", "fill-opacity", 0.55 * opacity);
  map.setPaintProperty("hotspots-halo", "line-opacity", 0.7 * opacity);
  for (const name of HOTSPOT_CLASSES) map.setPaintProperty(`hotspots-${name}`, "line-opacity", opacity);
}

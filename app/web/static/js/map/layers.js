// The map's own sources and layers, their order, and which of them are seen.

import { COLORS } from "./basemap.js";
import { HOTSPOT_CLASSES, HOTSPOT_MARKS, hotspotLayers, setHotspotOpacity } from "./hotspots.js";
import { addImages } from "./icons.js";
import { accuracyRings, placeLayers, toMemberFeature, toSourceFeature } from "./places.js";
import { sampleLayers } from "./samples.js";

// The raster surface goes below everything that is drawn from features.
export const ABOVE_SURFACE = "outline";

const GROUPS = {
  hotspots: ["hotspots-fill", "hotspots-halo", ...HOTSPOT_CLASSES.map((name) => `hotspots-${name}`), ...HOTSPOT_MARKS],
  samples: ["samples"],
  sources: ["sources-accuracy-fill", "sources-accuracy", "sources"],
  members: ["members"],
};

// What a click can hit, the topmost first.
export const CLICKABLE = ["members", "sources", "samples", "hotspots-fill"];

const collection = (features = []) => ({ type: "FeatureCollection", features });
const geojson = (data = collection()) => ({ type: "geojson", data, tolerance: 0.1 });

export function addLayers(map) {
  addImages(map);
  for (const id of ["river", "outline", "hotspots", "samples", "accuracy", "sources", "members"]) {
    map.addSource(id, geojson());
  }
  map.addLayer({ id: "river", type: "fill", source: "river", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": COLORS.river } });
  map.addLayer({ id: "river-line", type: "line", source: "river", paint: { "line-color": COLORS.riverBank, "line-width": 1 } });
  map.addLayer({ id: ABOVE_SURFACE, type: "line", source: "outline", paint: { "line-color": COLORS.outline, "line-width": 1.2, "line-dasharray": [5, 3] } });
  for (const layer of [...hotspotLayers(), ...sampleLayers(), ...placeLayers()]) map.addLayer(layer);
}

export function showDemo(map, demo) {
  for (const part of ["river", "outline"]) {
    const geometry = demo?.[part];
    if (geometry) map.getSource(part).setData({ type: "Feature", properties: {}, geometry });
  }
}

export function setFeatures(map, id, features) {
  map.getSource(id).setData(collection(features));
}

export function setPlaces(map, id, features) {
  setFeatures(map, id, features.map(id === "sources" ? toSourceFeature : toMemberFeature));
  if (id === "sources") setFeatures(map, "accuracy", accuracyRings(features));
}

export function applyVisibility(map, { layers, opacity }) {
  for (const [group, ids] of Object.entries(GROUPS)) {
    for (const id of ids) map.setLayoutProperty(id, "visibility", layers[group] ? "visible" : "none");
  }
  setHotspotOpacity(map, opacity.hotspots);
}

export function markHotspot(map, key) {
  for (const id of HOTSPOT_MARKS) map.setFilter(id, ["==", ["get", "key"], key ?? ""]);
}

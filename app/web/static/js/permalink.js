// The address of what is seen: everything after "#" can be copied into another browser.

import { LAYERS } from "./store.js";

const VIEWS = ["median", "probability"];

function readCamera(text) {
  const parts = (text ?? "").split("/").map(Number);
  if (parts.length !== 3 || !parts.every(Number.isFinite)) return null;
  const [zoom, latitude, longitude] = parts;
  if (zoom < 0 || zoom > 24 || Math.abs(latitude) > 90 || Math.abs(longitude) > 360) return null;
  return { zoom, center: [longitude, latitude] };
}

export function readPermalink(hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const threshold = Number(values.get("threshold"));
  const shown = values.has("layers") ? values.get("layers").split(",") : null;
  return {
    camera: readCamera(values.get("map")),
    contaminant: values.get("contaminant"),
    surface: values.get("surface"),
    view: VIEWS.includes(values.get("view")) ? values.get("view") : null,
    threshold: threshold > 0 && Number.isFinite(threshold) ? threshold : null,
    guideline: values.get("guideline"),
    layers: shown && Object.fromEntries(LAYERS.map((name) => [name, shown.includes(name)])),
    language: values.get("lang"),
  };
}

export function writePermalink(state, camera, language) {
  const center = camera.getCenter();
  const digits = Math.max(2, Math.ceil(camera.getZoom() / 3));
  const values = [
    ["map", [camera.getZoom().toFixed(2), center.lat.toFixed(digits), center.lng.toFixed(digits)].join("/")],
    ["contaminant", state.contaminant?.code],
    ["surface", state.surfaceChosen ? state.surface?.id : null],
    ["view", state.view],
    ["threshold", state.threshold],
    ["guideline", state.guideline?.id],
    ["layers", LAYERS.filter((name) => state.layers[name]).join(",")],
    ["lang", language],
  ];
  const written = values
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2F", "/").replaceAll("%2C", ",")}`);
  history.replaceState(null, "", `#${written.join("&")}`);
}

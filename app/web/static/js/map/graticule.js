// Lines of longitude and latitude, with their figures at the edge of the map.

import { el, replace } from "../dom.js";
import { COLORS } from "./basemap.js";

const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const MAX_LATITUDE = 85;

// The largest step that puts at least three lines across the view.
function stepFor(span) {
  return STEPS.find((step) => span / step >= 3) ?? STEPS.at(-1);
}

function ticks(from, to, step) {
  const values = [];
  for (let index = Math.ceil(from / step); index * step <= to; index += 1) values.push(index * step);
  return values;
}

function figure(value, step, positive, negative) {
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  const wrapped = positive === "E" ? ((((value + 180) % 360) + 360) % 360) - 180 : value;
  const side = Math.abs(wrapped) < step / 2 ? "" : wrapped > 0 ? positive : negative;
  return `${Math.abs(wrapped).toFixed(digits)}°${side}`;
}

export function addGraticule(map, edge) {
  map.addSource("graticule", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({
    id: "graticule",
    type: "line",
    source: "graticule",
    paint: { "line-color": COLORS.graticule, "line-width": 0.6, "line-opacity": 0.45, "line-dasharray": [2, 3] },
  });

  function draw() {
    const bounds = map.getBounds();
    const [west, east] = [bounds.getWest(), bounds.getEast()];
    const [south, north] = [
      Math.max(-MAX_LATITUDE, bounds.getSouth()),
      Math.min(MAX_LATITUDE, bounds.getNorth()),
    ];
    const step = stepFor(Math.min(east - west, 360));
    const meridians = ticks(west, east, step);
    const parallels = ticks(south, north, step);
    const lines = [
      ...meridians.map((longitude) => [[longitude, south], [longitude, north]]),
      ...parallels.map((latitude) => [[west, latitude], [east, latitude]]),
    ];
    map.getSource("graticule").setData({
      type: "Feature",
      properties: {},
      geometry: { type: "MultiLineString", coordinates: lines },
    });
    label(meridians, parallels, step, [west, north]);
  }

  function label(meridians, parallels, step, [west, north]) {
    const top = meridians.map((longitude) => {
      const node = el("span", { class: "tick tick-top" }, figure(longitude, step, "E", "W"));
      node.style.left = `${map.project([longitude, north]).x}px`;
      return node;
    });
    const side = parallels.map((latitude) => {
      const node = el("span", { class: "tick tick-side" }, figure(latitude, step, "N", "S"));
      node.style.top = `${map.project([west, latitude]).y}px`;
      return node;
    });
    replace(edge, top, side);
  }

  map.on("move", draw);
  map.on("resize", draw);
  draw();
}

// Where the records lie: dots over degrees, so that an exchanged or lost sign shows at a glance.

import { t } from "../i18n.js";

const WIDTH = 720;
const SVG = "http://www.w3.org/2000/svg";

function node(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

function step(span) {
  const rough = span / 4;
  const decade = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * decade).find((size) => size >= rough);
}

function ticks(low, high) {
  const size = step(high - low);
  const digits = Math.max(0, -Math.floor(Math.log10(size)));
  const found = [];
  for (let at = Math.ceil(low / size) * size; at <= high; at += size) found.push(at.toFixed(digits));
  return found;
}

function extent(numbers) {
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  const room = Math.max((high - low) * 0.08, 0.01);
  return [low - room, high + room];
}

export function drawPlaces(places) {
  const [west, east] = extent(places.map(([longitude]) => longitude));
  const [south, north] = extent(places.map(([, latitude]) => latitude));
  const narrow = Math.max(Math.cos((((south + north) / 2) * Math.PI) / 180), 0.05);
  const ratio = (north - south) / ((east - west) * narrow);
  const height = Math.round(WIDTH * Math.min(Math.max(ratio, 0.3), 0.5));
  const x = (longitude) => ((longitude - west) / (east - west)) * WIDTH;
  const y = (latitude) => ((north - latitude) / (north - south)) * height;
  const picture = node("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "places", role: "img" });
  picture.setAttribute("aria-label", t("import.places", { count: places.length }));
  for (const at of ticks(west, east)) {
    picture.append(node("line", { x1: x(at), x2: x(at), y1: 0, y2: height }));
    picture.append(node("text", { x: x(at) + 4, y: height - 5 }, `${at}°`));
  }
  for (const at of ticks(south, north)) {
    picture.append(node("line", { x1: 0, x2: WIDTH, y1: y(at), y2: y(at) }));
    picture.append(node("text", { x: 4, y: y(at) - 4 }, `${at}°`));
  }
  for (const [longitude, latitude] of places) picture.append(node("circle", { cx: x(longitude), cy: y(latitude), r: 4 }));
  return picture;
}

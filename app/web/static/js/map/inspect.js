// What lies under a click, or under the centre of the map for those who use the keyboard.

import { CLICKABLE } from "./layers.js";

const REACH = 5; // pixels around the pointer: a finger is not a needle
const MOST = 12;

export function featuresAt(map, point) {
  const box = [
    [point.x - REACH, point.y - REACH],
    [point.x + REACH, point.y + REACH],
  ];
  const layers = CLICKABLE.filter((id) => map.getLayer(id));
  const found = new Map();
  for (const { properties } of map.queryRenderedFeatures(box, { layers })) {
    if (!found.has(properties.key)) found.set(properties.key, { key: properties.key, kind: properties.kind });
  }
  return [...found.values()].slice(0, MOST);
}

export function listenForInspection(map, onInspect) {
  map.on("click", (event) => onInspect(event.lngLat, featuresAt(map, event.point)));
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = featuresAt(map, event.point).length ? "pointer" : "crosshair";
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const center = map.getCenter();
    onInspect(center, featuresAt(map, map.project(center)));
  });
}

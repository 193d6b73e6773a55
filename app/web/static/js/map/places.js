// Potential sources with the accuracy of their position, and members of the network.

import { COLORS } from "./basemap.js";

const METRES_PER_DEGREE = 111_320;

export function toSourceFeature(feature) {
  return { type: "Feature", geometry: feature.geometry, properties: { key: feature.id, kind: "source" } };
}

export function toMemberFeature(feature) {
  return { type: "Feature", geometry: feature.geometry, properties: { key: feature.id, kind: "member" } };
}

// A ring of the stated accuracy around the point; metres are turned into degrees at its latitude.
function ring([longitude, latitude], metres) {
  const points = [];
  for (let step = 0; step <= 64; step += 1) {
    const angle = (2 * Math.PI * step) / 64;
    points.push([
      longitude + (metres * Math.cos(angle)) / (METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180)),
      latitude + (metres * Math.sin(angle)) / METRES_PER_DEGREE,
    ]);
  }
  return points;
}

export function accuracyRings(features) {
  return features
    .filter(({ geometry, properties }) => geometry?.type === "Point" && properties.positional_accuracy_m > 0)
    .map(({ geometry, properties }) => ({
      type: "Feature",
      properties: {},
      geometry: { type: "Polygon", coordinates: [ring(geometry.coordinates, properties.positional_accuracy_m)] },
    }));
}

export function placeLayers() {
  return [
    {
      id: "sources-accuracy-fill",
      type: "fill",
      source: "accuracy",
      paint: { "fill-color": COLORS.source, "fill-opacity": 0.06 },
    },
    {
      id: "sources-accuracy",
      type: "line",
      source: "accuracy",
      paint: { "line-color": COLORS.source, "line-width": 1.2, "line-dasharray": [2, 2], "line-opacity": 0.7 },
    },
    symbol("sources", "works", "center"),
    symbol("members", "person", "bottom"),
  ];
}

function symbol(id, image, anchor) {
  return {
    id,
    type: "symbol",
    source: id,
    filter: ["==", ["geometry-type"], "Point"],
    layout: {
      "icon-image": image,
      "icon-anchor": anchor,
      "icon-allow-overlap": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 4, 0.7, 12, 1],
    },
  };
}

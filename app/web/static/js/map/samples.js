// Samples as circles: colour and size by concentration, in the classes of the legend.

import { COLORS } from "./basemap.js";

const UNKNOWN = "#9aa4a6";

// One sample may carry replicates or fractions of the same contaminant: the highest one is drawn.
export function resultOf(feature, code) {
  const results = (feature.properties.results ?? []).filter((result) => result.contaminant === code);
  return results.reduce((highest, result) => (amount(result) > amount(highest) ? result : highest), results[0]);
}

function amount(result) {
  return result.value ?? result.detection_limit ?? -1;
}

export function toMapFeature(feature, code) {
  const result = resultOf(feature, code);
  const left = result?.censoring === "left";
  return {
    type: "Feature",
    geometry: feature.geometry,
    properties: {
      key: feature.id,
      kind: "sample",
      value: result ? amount(result) : -1,
      // A non-detect is known to lie below its limit, so it can never count as above a threshold.
      censored: left,
    },
  };
}

export function sampleLayers() {
  return [
    {
      id: "samples",
      type: "circle",
      source: "samples",
      layout: { "circle-sort-key": ["get", "value"] },
      paint: { "circle-color": UNKNOWN, "circle-radius": 5, "circle-stroke-width": 1.2, "circle-stroke-color": COLORS.ink },
    },
  ];
}

// The service's legend is a continuous scale, linear or logarithmic; own classes have lower edges.
export function colorExpression(legend, value) {
  return along(legend, value, legend.stops.map((stop) => stop.color));
}

function radiusExpression(legend, value) {
  const growth = 4.2 / Math.max(1, legend.stops.length - 1);
  return along(legend, value, legend.stops.map((_, index) => 3.8 + growth * index));
}

function along({ stops, scale }, value, outputs) {
  if (stops.length === 1) return outputs[0];
  if (!scale) return ["step", value, outputs[0], ...stops.slice(1).flatMap((stop, index) => [stop.value, outputs[index + 1]])];
  const isLogarithmic = scale === "logarithmic";
  const input = isLogarithmic ? ["ln", ["max", value, stops[0].value]] : value;
  const position = (stop) => (isLogarithmic ? Math.log(stop.value) : stop.value);
  const pairs = stops.flatMap((stop, index) => [position(stop), outputs[index]]);
  return ["interpolate", ["linear"], input, ...pairs];
}

export function paintSamples(map, legend, threshold) {
  const value = ["get", "value"];
  const above = ["all", [">", value, threshold ?? Infinity], ["!", ["get", "censored"]]];
  const known = legend?.stops?.length;
  const color = known ? ["case", ["<", value, 0], UNKNOWN, colorExpression(legend, value)] : UNKNOWN;
  // Hollow circles need room for their hole.
  const radius = known ? ["case", ["get", "censored"], 4.6, radiusExpression(legend, value)] : 5;
  map.setPaintProperty("samples", "circle-color", ["case", ["get", "censored"], "#ffffff", color]);
  // From far away the circles shrink, so that they do not hide the surface.
  map.setPaintProperty("samples", "circle-radius", ["interpolate", ["linear"], ["zoom"], 10, ["*", 0.45, radius], 14, radius]);
  map.setPaintProperty("samples", "circle-stroke-width", ["case", above, 1.6, ["get", "censored"], 1.8, 0.9]);
  map.setPaintProperty("samples", "circle-stroke-color", ["case", above, "#14090e", ["get", "censored"], "#3d4f55", "#ffffff"]);
}

const PALETTE = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"];

// Where no surface gives classes, the samples' own quantiles do.
export function quantileLegend(features, code) {
  const values = features
    .map((feature) => resultOf(feature, code))
    .filter((result) => result?.value > 0)
    .map((result) => result.value)
    .sort((a, b) => a - b);
  if (!values.length) return null;
  const edges = PALETTE.map((_, index) => values[Math.floor((index * (values.length - 1)) / PALETTE.length)]);
  const stops = edges
    .map((value, index) => ({ value, color: PALETTE[index], label: String(value) }))
    .filter((stop, index, all) => index === 0 || stop.value > all[index - 1].value);
  return { layer: "samples", stops };
}

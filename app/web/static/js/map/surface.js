// The modelled surface as raster tiles; the threshold is part of a probability tile's address.

import { address } from "../api.js";

const ID = "surface";

export function tileAddress(surface, view, threshold) {
  const template = surface.tiles?.[view] ?? (view === "median" ? surface.tiles?.value : null);
  if (!template) return null;
  if (view === "probability" && !knows(surface, threshold)) return null;
  // MapLibre fills {z}/{x}/{y} itself, so the braces must survive the making of the address.
  return address(template.replace("{threshold}", String(threshold ?? "")))
    .replaceAll("%7B", "{")
    .replaceAll("%7D", "}");
}

export function showSurface(map, { surface, view, threshold, layers, opacity }, beforeId) {
  const tiles = surface && tileAddress(surface, view, threshold);
  if (!tiles) return removeSurface(map);
  const source = map.getSource(ID);
  if (source && source.surfaceId === surface.id) {
    if (source.tiles[0] !== tiles) source.setTiles([tiles]);
  } else {
    removeSurface(map);
    map.addSource(ID, { type: "raster", tiles: [tiles], tileSize: 256, bounds: surface.bbox, maxzoom: 18 });
    map.getSource(ID).surfaceId = surface.id;
    map.addLayer(
      { id: ID, type: "raster", source: ID, paint: { "raster-resampling": "nearest", "raster-fade-duration": 120 } },
      beforeId,
    );
  }
  map.setPaintProperty(ID, "raster-opacity", opacity.surface);
  map.setLayoutProperty(ID, "visibility", layers.surface ? "visible" : "none");
}

function removeSurface(map) {
  if (map.getLayer(ID)) map.removeLayer(ID);
  if (map.getSource(ID)) map.removeSource(ID);
}

export const hasProbability = (surface) => Boolean(surface?.tiles?.probability);

// Some surfaces know the probability at stated thresholds alone; no list means any.
export const knows = (surface, threshold) => threshold > 0 && (surface.thresholds?.includes(threshold) ?? hasProbability(surface));

export function isInside(surface, { lng, lat }) {
  const [west, south, east, north] = surface.bbox;
  return lng >= west && lng <= east && lat >= south && lat <= north;
}

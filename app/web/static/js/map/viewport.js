// Load a collection for what the map shows, and again only when the view leaves what was loaded.

import { getFeatures } from "../api.js";
import { debounce } from "../dom.js";

const PADDING = 0.5; // of the view's width, on each side: small moves need no request
const CAP = 5000;

function padded(bounds) {
  const width = bounds.getEast() - bounds.getWest();
  const height = bounds.getNorth() - bounds.getSouth();
  const [west, east] = [bounds.getWest() - PADDING * width, bounds.getEast() + PADDING * width];
  const south = Math.max(-90, bounds.getSouth() - PADDING * height);
  const north = Math.min(90, bounds.getNorth() + PADDING * height);
  // A view round the globe or across the antimeridian asks for every longitude.
  if (east - west >= 360 || west < -180 || east > 180) return [-180, south, 180, north];
  return [west, south, east, north];
}

const holds = (outer, inner) =>
  outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];

function viewOf(map) {
  const bounds = map.getBounds();
  const clamp = (value, limit) => Math.min(limit, Math.max(-limit, value));
  return [clamp(bounds.getWest(), 180), clamp(bounds.getSouth(), 90), clamp(bounds.getEast(), 180), clamp(bounds.getNorth(), 90)];
}

// filters() answers the query of the moment, or null when there is nothing to ask for.
export function createViewportCollection(map, { collection, filters, onFeatures, onProblem, onBusy }) {
  let loaded = null;
  let controller = null;

  async function load() {
    const query = filters();
    if (!query) {
      controller?.abort();
      loaded = null;
      onFeatures([], true);
      return;
    }
    const key = JSON.stringify(query);
    if (loaded && loaded.key === key && loaded.complete && holds(loaded.bbox, viewOf(map))) return;
    controller?.abort();
    controller = new AbortController();
    const { signal } = controller;
    const bbox = padded(map.getBounds());
    const values = new URLSearchParams({ ...query, bbox: bbox.map((value) => value.toFixed(6)).join(","), limit: 1000 });
    onBusy(1);
    try {
      const answer = await getFeatures(`/api/collections/${collection}/items?${values}`, { signal, cap: CAP });
      if (signal.aborted) return;
      loaded = { key, bbox, complete: answer.complete };
      onFeatures(answer.features, answer.complete);
    } catch (problem) {
      if (problem.name !== "AbortError") onProblem(problem, load);
    } finally {
      onBusy(-1);
    }
  }

  map.on("moveend", debounce(load, 200));
  return { load };
}

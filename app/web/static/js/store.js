// What the page shows, in one place; parts listen to the keys they depend on.

export function createStore(initial) {
  const state = { ...initial };
  const listeners = [];
  return {
    get: () => state,
    on(keys, listener) {
      listeners.push({ keys, listener });
    },
    set(patch) {
      const changed = Object.keys(patch).filter((key) => !Object.is(state[key], patch[key]));
      Object.assign(state, patch);
      for (const { keys, listener } of listeners) {
        if (keys.some((key) => changed.includes(key))) listener(state);
      }
    },
  };
}

export const LAYERS = ["surface", "hotspots", "samples", "sources", "members"];

export const INITIAL = {
  contaminant: null, // an entry of /api/contaminants
  surface: null, // a SurfaceSummary, or null where none exists
  hotspotLayer: null, // an entry of /api/hotspots
  guideline: null, // the guideline value chosen as threshold, or null for a number of one's own
  threshold: null,
  view: "median",
  layers: Object.fromEntries(LAYERS.map((name) => [name, true])),
  opacity: { surface: 0.8, hotspots: 1 },
  medianLegend: null,
  legend: null, // the legend of the surface's present view
  hotspots: [], // the features on the map
};

// From a chosen contaminant to everything on the map: surface, legend, guideline values, features.

import { getJson } from "./api.js";
import { byId } from "./dom.js";
import { number, t } from "./i18n.js";
import { isOf, limitOf, toMapFeature as toHotspot } from "./map/hotspots.js";
import { ABOVE_SURFACE, applyVisibility, setFeatures, setPlaces } from "./map/layers.js";
import { paintSamples, quantileLegend, toMapFeature as toSample } from "./map/samples.js";
import { hasProbability, showSurface } from "./map/surface.js";
import { createViewportCollection } from "./map/viewport.js";
import { isVerified } from "./card/guideline.js";
import { renderHotspotList } from "./panel/hotspot-list.js";
import { createLayerList } from "./panel/layers.js";
import { renderLegend } from "./panel/legend.js";
import { busy, clearNotice, showEmpty, showHint, showProblem } from "./panel/status.js";
import { createPlace } from "./panel/place.js";
import { createThreshold } from "./panel/threshold.js";

export function createSession(map, store, { registries, wanted, inspection }) {
  const offerGuidelines = createThreshold(store);
  const offerPlaces = createPlace(store);
  const showCount = createLayerList(store);
  let samples = [];
  let turn = 0;

  const problemOf = (cause) => (problem, retry) => showProblem(cause, problem, retry);
  const counted = (name, features, complete) => {
    clearNotice(name);
    showCount(name, complete ? number(features.length) : t("layer.capped", { count: features.length }));
    if (complete) clearNotice(`${name}-capped`);
    else showHint(`${name}-capped`, t("layer.zoom_in", { layer: t(`layer.${name}`), count: features.length }));
  };
  const collectionOf = (collection, filters, use) =>
    createViewportCollection(map, {
      collection,
      filters,
      onBusy: busy,
      onProblem: problemOf(collection),
      onFeatures: (features, complete) => {
        counted(collection, features, complete);
        use(features);
      },
    });

  const collections = {
    samples: collectionOf("samples", () => (store.get().contaminant ? { contaminant: store.get().contaminant.code } : null), useSamples),
    hotspots: collectionOf("hotspots", () => (store.get().hotspotLayer ? { layer: store.get().hotspotLayer.id } : null), useHotspots),
    sources: collectionOf("sources", () => ({}), (features) => setPlaces(map, "sources", features)),
    members: collectionOf("members", () => ({}), (features) => setPlaces(map, "members", features)),
  };

  function useSamples(features) {
    samples = features;
    const { contaminant, surface } = store.get();
    setFeatures(map, "samples", features.map((feature) => toSample(feature, contaminant?.code)));
    if (!surface) store.set({ medianLegend: quantileLegend(features, contaminant?.code) });
  }

  function useHotspots(features) {
    setFeatures(map, "hotspots", features.map(toHotspot));
    store.set({ hotspots: features });
  }

  async function readLegend(surface, layer) {
    // A surface of probabilities at thresholds has no map of concentrations, others no probability.
    if (!surface?.tiles?.[layer]) return null;
    try {
      const legend = await getJson(`/api/surfaces/${surface.id}/legend?layer=${layer}`);
      clearNotice("legend");
      return legend;
    } catch (problem) {
      showProblem("legend", problem, () => choose(store.get().contaminant));
      return null;
    }
  }

  async function readGuidelines(code) {
    try {
      const { guidelines } = await getJson(`/api/guidelines?contaminant=${encodeURIComponent(code)}`);
      clearNotice("guidelines");
      return guidelines;
    } catch (problem) {
      showProblem("guidelines", problem, () => choose(store.get().contaminant));
      return [];
    }
  }

  // The threshold to begin with: the link's, else that of the hotspots, else a verified one that fits.
  function firstThreshold({ guidelines, hotspotLayer, surface, asked }) {
    if (asked?.threshold) {
      const chosen = guidelines.find(({ id }) => id === asked.guideline);
      return { threshold: asked.threshold, guideline: chosen?.value === asked.threshold ? chosen : null };
    }
    const own = hotspotLayer?.guideline;
    const guideline =
      guidelines.find(({ id }) => id === own?.id) ??
      own ??
      guidelines.find((one) => isVerified(one) && (!surface || one.unit === surface.unit)) ??
      null;
    const { threshold } = hotspotLayer ?? {};
    if (guideline && guideline.id === own?.id && threshold) return { guideline: { ...guideline, value: threshold }, threshold };
    return { guideline, threshold: guideline?.value ?? surface?.thresholds?.[0] ?? surface?.value_range?.[1] ?? null };
  }

  async function choose(contaminant, { asked = null, surfaceId = null } = {}) {
    turn += 1;
    const mine = turn;
    const surfaces = registries.surfaces.filter((one) => one.contaminant === contaminant.code);
    const surface = surfaces.find(({ id }) => id === surfaceId) ?? surfaces[0] ?? null;
    const layers = registries.hotspotLayers.filter((one) => isOf(one, contaminant.code));
    const hotspotLayer = layers.find((one) => one.surface && one.surface === surface?.id) ?? layers[0] ?? null;
    busy(1);
    const [guidelines, medianLegend, probabilityLegend] = await Promise.all([
      readGuidelines(contaminant.code),
      readLegend(surface, "median"),
      hasProbability(surface) ? readLegend(surface, "probability") : null,
    ]);
    busy(-1);
    if (mine !== turn) return;
    const view = hasProbability(surface) ? store.get().view : "median";
    store.set({
      contaminant,
      surface,
      hotspotLayer,
      view,
      medianLegend,
      probabilityLegend,
      surfaceChosen: Boolean(surfaceId),
      ...firstThreshold({ guidelines, hotspotLayer, surface, asked }),
    });
    offerGuidelines(guidelines);
    offerPlaces(guidelines);
    collections.samples.load();
  }

  function draw(state) {
    const legend = state.view === "probability" ? state.probabilityLegend : state.medianLegend;
    if (state.legend !== legend) store.set({ legend });
    showSurface(map, state, ABOVE_SURFACE);
    applyVisibility(map, state);
    paintSamples(map, state.medianLegend, state.threshold);
  }

  function drawWords(state) {
    renderLegend(state);
    renderHotspotList(state, (feature) => inspection.openFeature({ kind: "hotspot", key: feature.id }, true));
    const { hotspotLayer, threshold } = state;
    const { value, unit } = limitOf(hotspotLayer ?? {});
    const note = byId("hotspot-fixed");
    // Hotspots belong to the value they were made with; moving the threshold does not move them.
    note.hidden = !Number.isFinite(value) || value === threshold;
    note.textContent = hotspotLayer ? t("hotspot.fixed", { value: `${number(value)} ${unit}` }) : "";
  }

  store.on(["surface", "view", "threshold", "layers", "opacity", "medianLegend", "probabilityLegend"], draw);
  store.on(["surface", "view", "threshold", "layers", "legend", "medianLegend", "hotspots", "hotspotLayer", "contaminant"], drawWords);
  store.on(["hotspotLayer"], () => collections.hotspots.load());

  async function open() {
    const { contaminants, surfaces, hotspotLayers } = registries;
    const codes = [wanted.contaminant, hotspotLayers[0]?.contaminants[0], surfaces[0]?.contaminant];
    const first = codes.map((code) => contaminants.find((one) => one.code === code)).find(Boolean);
    collections.sources.load();
    collections.members.load();
    draw(store.get());
    drawWords(store.get());
    if (first) await choose(first, { asked: wanted.contaminant === first.code ? wanted : null, surfaceId: wanted.surface });
    if (!surfaces.length && registries.surfacesKnown) await tellWhetherEmpty();
  }

  async function tellWhetherEmpty() {
    try {
      const { features } = await getJson("/api/collections/samples/items?limit=1");
      showEmpty(features.length === 0);
    } catch (problem) {
      showProblem("samples", problem, tellWhetherEmpty);
    }
  }

  return { choose, open, samples: () => samples };
}

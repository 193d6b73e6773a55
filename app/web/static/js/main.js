// Start the page: words first, then the map and the registries side by side, then the data.

import { getJson } from "./api.js";
import { createInspection } from "./card/inspection.js";
import { createContaminantSearch, nameOf } from "./contaminants.js";
import { createSession } from "./session.js";
import { byId, debounce } from "./dom.js";
import { createAboutDialog } from "./dialogs/about.js";
import { createRegistration } from "./dialogs/register.js";
import { currentLanguage, loadLanguage, preferredLanguage, t, translatePage } from "./i18n.js";
import { boundsOf, createBaseMap, roomAround } from "./map/basemap.js";
import { addGraticule } from "./map/graticule.js";
import { listenForInspection } from "./map/inspect.js";
import { addLayers, showDemo } from "./map/layers.js";
import { renderCredits } from "./panel/credits.js";
import { createComparison } from "./panel/comparison.js";
import { createChooser, createLanguageChooser, createSheet } from "./panel/chooser.js";
import { busy, clearNotice, showProblem } from "./panel/status.js";
import { readPermalink, writePermalink } from "./permalink.js";
import { INITIAL, createStore } from "./store.js";

// One registry that does not answer must not take the others with it.
async function readOr(path, fallback, cause) {
  try {
    return await getJson(path);
  } catch (problem) {
    showProblem(cause, problem, () => location.reload());
    return fallback;
  }
}

async function readRegistries() {
  const [map, contaminants, surfaces, hotspots, datasets] = await Promise.all([
    readOr("/api/map", null, "map"),
    readOr("/api/contaminants", { contaminants: [] }, "contaminants"),
    readOr("/api/surfaces?latest=true", null, "surfaces"),
    readOr("/api/hotspots", { layers: [] }, "hotspots"),
    readOr("/api/datasets", { datasets: [] }, "datasets"),
  ]);
  return {
    map,
    contaminants: contaminants.contaminants,
    surfaces: surfaces?.surfaces ?? [],
    surfacesKnown: surfaces !== null,
    hotspotLayers: hotspots.layers,
    datasets: datasets.datasets,
  };
}

// Answers about ids and codes that the cards need.
function createFacts({ contaminants, datasets }) {
  const byCode = new Map(contaminants.map((entry) => [entry.code, entry]));
  const titles = new Map(datasets.map(({ id, title, name }) => [id, title ?? name]));
  const name = (code, otherwise) => (byCode.has(code) ? nameOf(byCode.get(code)) : (otherwise ?? code));
  return {
    nameOf: name,
    namesOf: (codes = []) => codes.map((code) => name(code)).join(", "),
    datasetTitles: (ids = []) => ids.map((id) => titles.get(id) ?? id).join("; "),
  };
}

function showTitle(answer) {
  document.title = t("title");
  const { demo } = answer ?? {};
  byId("demo").hidden = !demo;
  if (!demo) return;
  byId("demo-title").textContent = demo.title ?? t("demo.title");
  byId("demo-note").textContent = demo.note ?? "";
}

function openingView(map, answer, wanted) {
  if (wanted || !answer?.bbox) return;
  map.resize(); // the credits below have just taken their height
  map.fitBounds(boundsOf(answer.bbox), { padding: roomAround(), animate: false, maxZoom: 15 });
}

// Tiles on their way count as loading, from the first one asked for until the map is at rest.
function followTiles(map) {
  let isWaiting = false;
  map.on("sourcedataloading", ({ sourceId }) => {
    if (sourceId !== "surface" || isWaiting) return;
    isWaiting = true;
    busy(1);
  });
  map.on("idle", () => {
    if (isWaiting) busy(-1);
    isWaiting = false;
  });
}

function keepPermalink(map, store) {
  const write = debounce(() => writePermalink(store.get(), map, currentLanguage()), 200);
  map.on("moveend", write);
  store.on(["contaminant", "surface", "view", "threshold", "guideline", "layers"], write);
  // Somebody pastes another permalink into the address bar: open it as if it were fresh.
  window.addEventListener("hashchange", () => location.reload());
  write();
}

async function start() {
  const wanted = readPermalink(location.hash);
  await loadLanguage(preferredLanguage(wanted.language));
  translatePage();
  busy(1);
  createLanguageChooser();
  createAboutDialog();
  createRegistration();
  createSheet();

  const [map, registries] = await Promise.all([createBaseMap(byId("map"), wanted.camera), readRegistries()]);
  const store = createStore({
    ...INITIAL,
    view: wanted.view ?? "median",
    layers: wanted.layers ?? INITIAL.layers,
    surfaces: registries.surfaces,
    hotspotLayers: registries.hotspotLayers,
  });
  const facts = createFacts(registries);
  showTitle(registries.map);
  renderCredits({ boundarySentence: registries.map?.boundary_sentence, datasets: registries.datasets });
  addGraticule(map, byId("edge"));
  addLayers(map);
  showDemo(map, registries.map?.demo);
  openingView(map, registries.map, wanted.camera);

  const inspection = createInspection(map, store, facts);
  listenForInspection(map, inspection.inspect);
  // A tile that fails is told once, and forgotten when tiles arrive again.
  map.on("error", ({ error }) => showProblem("tiles", { status: error?.status ?? 0, offline: !error?.status, detail: "", title: t("problem.tiles") }));
  map.on("data", (event) => {
    if (event.sourceId === "surface" && event.tile) clearNotice("tiles");
  });
  followTiles(map);

  const session = createSession(map, store, { registries, wanted, inspection });
  const withSurface = new Set(registries.surfaces.map(({ contaminant }) => contaminant));
  createComparison(store);
  createChooser(store, { search: createContaminantSearch(registries.contaminants, withSurface), choose: session.choose });
  await session.open();
  keepPermalink(map, store);
  busy(-1);
  document.body.dataset.ready = "true";
}

start().catch((error) => {
  busy(-1);
  showProblem("page", error, () => location.reload());
  // Not swallowed: what is no answer of the service is a fault of the page and belongs in the console.
  if (error.name !== "Problem") throw error;
});

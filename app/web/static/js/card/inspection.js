// Put together what one click found: features from the map, their facts from the service.

import { getJson } from "../api.js";
import { el } from "../dom.js";
import { t } from "../i18n.js";
import { featuresAt } from "../map/inspect.js";
import { boundsOf, roomAround } from "../map/basemap.js";
import { markHotspot } from "../map/layers.js";
import { isInside } from "../map/surface.js";
import { problemText } from "../panel/status.js";
import { createCard } from "./card.js";
import { createEstimate } from "./estimate.js";
import { hotspotSection } from "./hotspot.js";
import { memberSection, sourceSection } from "./place.js";
import { sampleSection } from "./sample.js";

const COLLECTIONS = { hotspot: "hotspots", sample: "samples", source: "sources", member: "members" };
const SECTIONS = { hotspot: hotspotSection, sample: sampleSection, source: sourceSection, member: memberSection };
const FULL = 4; // sections written out at once; the others are named, to be opened

export function createInspection(map, store, facts) {
  let estimate = null;
  const card = createCard(map, {
    onClose: () => {
      estimate = null;
      markHotspot(map, null);
    },
  });
  const contextOf = () => ({
    ...facts,
    contaminant: store.get().contaminant?.code,
    unit: store.get().surface?.unit,
    openSample: (id) => openFeature({ kind: "sample", key: id }, true),
  });

  function read({ kind, key }) {
    return getJson(`/api/collections/${COLLECTIONS[kind]}/items/${encodeURIComponent(key)}`);
  }

  async function describe(found) {
    try {
      return SECTIONS[found.kind](await read(found), contextOf());
    } catch (problem) {
      return el("p", { class: "caution", role: "alert" }, problemText(problem));
    }
  }

  function estimateAt(lngLat) {
    const { surface, layers } = store.get();
    estimate = null;
    if (!surface || !layers.surface || !isInside(surface, lngLat)) return null;
    estimate = createEstimate(lngLat, store.get, facts.nameOf);
    return estimate.node;
  }

  async function inspect(lngLat, found) {
    const value = estimateAt(lngLat);
    if (!found.length && !value) return card.close();
    markHotspot(map, found.find(({ kind }) => kind === "hotspot")?.key);
    const shown = found.slice(0, FULL);
    const described = await Promise.all(shown.map(describe));
    const parts = (isArea) => described.filter((_, index) => (shown[index].kind === "hotspot") === isArea);
    // Points first, then the short estimate, then the hotspot with all its facts.
    const sections = [...parts(false), value, ...parts(true), moreOf(found.slice(FULL))];
    card.open({ heading: headingOf(shown, value), lngLat, sections });
  }

  function moreOf(rest) {
    if (!rest.length) return null;
    const buttons = rest.map((found) =>
      el("li", {}, el("button", { type: "button", class: "link", onclick: () => openFeature(found, false) }, `${t(`kind.${found.kind}`)} ${found.key}`)),
    );
    return el("section", { class: "part" }, el("p", { class: "part-kind" }, t("card.more_here", { count: rest.length })), el("ul", {}, buttons));
  }

  // Open one feature by its id, and bring it into view when asked to.
  async function openFeature(found, isMoving) {
    let feature;
    try {
      feature = await read(found);
    } catch (problem) {
      card.open({ heading: t(`kind.${found.kind}`), sections: [el("p", { class: "caution", role: "alert" }, problemText(problem))] });
      return;
    }
    const [longitude, latitude] = middleOf(boxOf(feature.geometry));
    const lngLat = { lng: longitude, lat: latitude };
    if (isMoving) bringIntoView(feature.geometry);
    markHotspot(map, found.kind === "hotspot" ? found.key : null);
    const section = SECTIONS[found.kind](feature, contextOf());
    const last = found.kind === "sample" ? estimateAt(lngLat) : null;
    if (!last) estimate = null;
    card.open({ heading: t(`kind.${found.kind}`), lngLat: found.kind === "hotspot" ? null : lngLat, sections: [section, last] });
  }

  function bringIntoView(geometry) {
    map.fitBounds(boundsOf(boxOf(geometry)), { padding: roomAround({ besideCard: true }), maxZoom: 15, duration: 600 });
  }

  store.on(["threshold"], () => estimate?.refresh());
  store.on(["contaminant", "surface"], () => card.close());
  return { inspect, openFeature, at: (point) => featuresAt(map, point) };
}

function headingOf([first], value) {
  if (value && (!first || first.kind === "hotspot")) return t("kind.estimate");
  return t(`kind.${first.kind}`);
}

// West, south, east and north of any geometry.
function boxOf({ coordinates }) {
  const numbers = coordinates.flat(Infinity);
  const [longitudes, latitudes] = [0, 1].map((axis) => numbers.filter((_, index) => index % 2 === axis));
  return [Math.min(...longitudes), Math.min(...latitudes), Math.max(...longitudes), Math.max(...latitudes)];
}

const middleOf = ([west, south, east, north]) => [(west + east) / 2, (south + north) / 2];

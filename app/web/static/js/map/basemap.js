// Land and water from the vendored outlines: no borders, no labels, no foreign host.

import * as maplibre from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { t } from "../i18n.js";
import { readLand } from "./land.js";

export const COLORS = {
  water: "#c9dbe2",
  land: "#f3f0e7",
  coast: "#9fb8c2",
  river: "#a9c8d6",
  riverBank: "#6f9db2",
  graticule: "#8fa3a8",
  outline: "#4a5a5f",
  ink: "#1d2b30",
  likely: "#6d0f3f",
  possible: "#b03a1a",
  cannot_be_ruled_out: "#8a6100",
  undecidable: "#4d5860",
  significant: "#6d0f3f",
  highest: "#5a2a91",
  source: "#1d2b30",
  member: "#0b5a6b",
};

const nothing = { type: "FeatureCollection", features: [] };

const style = {
  version: 8,
  sources: { land: { type: "geojson", data: nothing } },
  layers: [
    { id: "water", type: "background", paint: { "background-color": COLORS.water } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": COLORS.land, "fill-antialias": false } },
    { id: "coast", type: "line", source: "land", paint: { "line-color": COLORS.coast, "line-width": 0.7 } },
  ],
};

const controlWords = () => ({
  "Map.Title": t("map.label"),
  "NavigationControl.ZoomIn": t("map.zoom_in"),
  "NavigationControl.ZoomOut": t("map.zoom_out"),
  "ScaleControl.Meters": "m",
  "ScaleControl.Kilometers": "km",
});

export async function createBaseMap(container, camera) {
  const map = new maplibre.Map({
    container,
    style,
    center: camera?.center ?? [10, 25],
    zoom: camera?.zoom ?? 1.2,
    maxZoom: 19,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    locale: controlWords(),
    fadeDuration: 120,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-left");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 110 }), "bottom-right");
  await Promise.all([
    new Promise((resolve) => map.once("load", resolve)),
    readLand("land-110m.json").then((land) => map.getSource("land").setData(land)),
  ]);
  refineLand(map);
  return map;
}

// The finer coast is ten times larger: it is fetched once it can be seen.
function refineLand(map) {
  const refine = async () => {
    if (map.getZoom() < 2.5) return;
    map.off("moveend", refine);
    map.getSource("land").setData(await readLand("land-50m.json"));
  };
  map.on("moveend", refine);
  refine();
}

// The part of the map that neither legend nor card covers, as padding for a camera.
export function roomAround({ besideCard = false } = {}) {
  if (matchMedia("(max-width: 47.99rem)").matches) {
    return { top: 40, right: 20, left: 20, bottom: besideCard ? 0.45 * innerHeight : 60 };
  }
  const card = besideCard ? 420 : 40;
  // Where both do not leave enough between them, the legend may lie over the edge of what is shown.
  const legend = document.getElementById("map").clientWidth - card > 800 || !besideCard ? 310 : 40;
  const isRightToLeft = document.documentElement.dir === "rtl";
  return { top: 40, bottom: 40, left: isRightToLeft ? card : legend, right: isRightToLeft ? legend : card };
}

export function boundsOf([west, south, east, north]) {
  return new maplibre.LngLatBounds([west, south], [east, north]);
}

export function pinAt(map, lngLat) {
  const element = document.createElement("div");
  element.className = "pin";
  element.setAttribute("aria-hidden", "true");
  return new maplibre.Marker({ element }).setLngLat(lngLat).addTo(map);
}

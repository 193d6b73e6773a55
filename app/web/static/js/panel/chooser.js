// Choosers that do not belong to the threshold: contaminant, surface, view, definition, language, sheet.

import { createCombobox } from "../combobox.js";
import { nameOf, shortNameOf } from "../contaminants.js";
import { byId, el, replace } from "../dom.js";
import { LANGUAGES, currentLanguage, date, isolate, number, rememberLanguage, t } from "../i18n.js";
import { isOf } from "../map/hotspots.js";
import { layerInWords } from "./comparison.js";
import { hasProbability } from "../map/surface.js";

export function createChooser(store, { search, choose }) {
  const input = byId("contaminant");
  createCombobox({
    input,
    list: byId("contaminant-list"),
    find: (query) => search(query).map(toOption),
    onEmpty: () => t("contaminant.not_found"),
    onPick: (contaminant) => choose(contaminant),
  });
  const restore = () => {
    input.value = store.get().contaminant ? labelOf(store.get().contaminant) : "";
  };
  input.addEventListener("blur", restore);

  for (const radio of document.querySelectorAll("input[name=view]")) {
    radio.addEventListener("change", () => radio.checked && store.set({ view: radio.value }));
  }
  byId("surface-select").addEventListener("change", (event) => choose(store.get().contaminant, { surfaceId: event.target.value }));
  byId("definition-select").addEventListener("change", (event) => {
    const hotspotLayer = store.get().hotspotLayers.find(({ id }) => id === event.target.value);
    store.set({ hotspotLayer });
  });

  store.on(["contaminant", "surface", "view", "hotspotLayer", "threshold"], (state) => {
    if (document.activeElement !== input || state.contaminant) restore();
    renderView(state);
    renderSurfaces(state);
    renderDefinitions(state);
    byId("sheet-summary").textContent = summaryOf(state);
  });
}

const labelOf = (contaminant) =>
  contaminant.symbol && contaminant.symbol !== nameOf(contaminant) ? `${nameOf(contaminant)} (${contaminant.symbol})` : nameOf(contaminant);

function toOption({ contaminant, ready }) {
  return {
    label: labelOf(contaminant),
    detail: contaminant.cas ?? "",
    group: t(ready ? "contaminant.with_surface" : "contaminant.without_surface"),
    value: contaminant,
  };
}

function renderView({ surface, view }) {
  document.body.classList.toggle("no-surface", !surface);
  byId("no-surface").hidden = Boolean(surface);
  const possible = hasProbability(surface);
  for (const radio of document.querySelectorAll("input[name=view]")) {
    radio.checked = radio.value === view;
    radio.disabled = !surface || (radio.value === "probability" && !possible);
  }
  const note = surface && !possible ? "view.no_probability" : `view.note.${view}`;
  byId("view-note").textContent = t(note);
}

function renderSurfaces({ surface, surfaces, contaminant }) {
  const own = surfaces.filter((one) => one.contaminant === contaminant?.code);
  byId("surface-choice").hidden = own.length < 2;
  replace(
    byId("surface-select"),
    own.map((one) => el("option", { value: one.id, selected: one.id === surface?.id }, `${one.method} · ${number(one.cell_size)} m · ${date(one.created) ?? ""}`)),
  );
}

function renderDefinitions({ hotspotLayers, hotspotLayer, contaminant }) {
  const own = hotspotLayers.filter((one) => isOf(one, contaminant?.code));
  byId("definition-choice").hidden = own.length < 2;
  replace(
    byId("definition-select"),
    own.map((one) => {
      return el("option", { value: one.id, selected: one.id === hotspotLayer?.id }, layerInWords(one));
    }),
  );
}

function summaryOf({ contaminant, view, surface, threshold }) {
  if (!contaminant) return t("panel.label");
  const name = shortNameOf(contaminant);
  if (view === "probability" && surface) return `${isolate(name)} · ${isolate(`P > ${number(threshold)} ${surface.unit}`)}`;
  return `${nameOf(contaminant)} · ${t("view.median")}`;
}

export function createLanguageChooser() {
  const select = byId("language");
  replace(
    select,
    Object.entries(LANGUAGES).map(([code, name]) => el("option", { value: code, lang: code, selected: code === currentLanguage() }, name)),
  );
  select.addEventListener("change", () => {
    rememberLanguage(select.value);
    const values = new URLSearchParams(location.hash.replace(/^#/, ""));
    values.set("lang", select.value);
    // The words are everywhere, so the page opens anew; the permalink keeps what is seen.
    history.replaceState(null, "", `#${values}`);
    location.reload();
  });
}

// On a phone the controls are a sheet that the handle pulls up.
export function createSheet() {
  // Followed as a link, it would replace the permalink after "#".
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("panel").focus();
  });
  const handle = byId("sheet-handle");
  handle.addEventListener("click", () => {
    const isOpen = document.body.classList.toggle("sheet-open");
    handle.setAttribute("aria-expanded", String(isOpen));
  });
  byId("sheet-summary").textContent = t("panel.label");
  // The legend would cover most of a phone's map: it starts closed there.
  if (matchMedia("(max-width: 47.99rem)").matches) byId("legend").open = false;
}

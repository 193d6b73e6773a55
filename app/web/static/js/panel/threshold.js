// The threshold: a slider, a number, or a guideline value; all three say the same.

import { guidelineFacts, isVerified } from "../card/guideline.js";
import { facts } from "../card/card.js";
import { byId, debounce, el, replace } from "../dom.js";
import { country, isolate, number, t } from "../i18n.js";
import { shortNameOf } from "../contaminants.js";

const STEPS = 1000;

export function createThreshold(store) {
  const slider = byId("threshold-slider");
  const field = byId("threshold-number");
  const choice = byId("guideline");
  const unverified = byId("guideline-unverified");
  let guidelines = [];
  let span = [1, 1000];

  // Concentrations span orders of magnitude, so equal steps of the slider are equal ratios.
  const toValue = (position) =>
    Number((span[0] * (span[1] / span[0]) ** (position / STEPS)).toPrecision(position === 0 ? 2 : 3));
  const toPosition = (value) =>
    Math.round((STEPS * Math.log(Math.max(value, span[0]) / span[0])) / Math.log(span[1] / span[0]));

  const announce = debounce((value) => {
    const { guideline } = store.get();
    store.set({ threshold: value, guideline: guideline?.value === value ? guideline : null });
  }, 250);

  slider.addEventListener("input", () => {
    const value = toValue(Number(slider.value));
    field.value = String(value);
    describe(value);
    announce(value);
  });
  field.addEventListener("input", () => {
    const value = Number(field.value);
    const isValid = Number.isFinite(value) && value > 0;
    field.setAttribute("aria-invalid", String(!isValid));
    byId("threshold-error").hidden = isValid;
    if (!isValid) return;
    slider.value = String(toPosition(value));
    describe(value);
    announce(value);
  });
  choice.addEventListener("change", () => {
    const guideline = guidelines.find(({ id }) => id === choice.value) ?? null;
    if (guideline) store.set({ guideline, threshold: guideline.value });
    else store.set({ guideline: null });
  });
  unverified.addEventListener("change", fillChoice);

  function describe(value) {
    const unit = store.get().surface?.unit ?? store.get().contaminant?.unit ?? "";
    byId("threshold-unit").textContent = unit;
    slider.setAttribute("aria-valuetext", `${number(value)} ${unit}`);
  }

  function fits(guideline) {
    const unit = store.get().surface?.unit ?? store.get().contaminant?.unit;
    return !unit || guideline.unit === unit;
  }

  function fillChoice() {
    const chosen = store.get().guideline;
    const offered = guidelines.filter((one) => unverified.checked || isVerified(one) || one.id === chosen?.id);
    // A hotspot layer brings its own value, also when the list of the others did not arrive.
    if (chosen && !offered.some(({ id }) => id === chosen.id)) offered.unshift(chosen);
    const groups = Map.groupBy ? Map.groupBy(offered, groupOf) : grouped(offered);
    replace(
      choice,
      el("option", { value: "" }, t("guideline.own_number")),
      [...groups].map(([label, members]) => el("optgroup", { label }, members.map(option))),
    );
    choice.value = chosen?.id ?? "";
    byId("guideline-none").hidden = offered.length > 0;
  }

  function option(guideline) {
    const words = [guideline.tier_local ?? guideline.tier, guideline.soil_texture, landUse(guideline)].filter(Boolean);
    const mark = isVerified(guideline) ? "" : ` (${t("guideline.unverified")})`;
    return el(
      "option",
      { value: guideline.id, disabled: !fits(guideline) },
      `${isolate(`${number(guideline.value)} ${guideline.unit}`)} · ${isolate(words.join(", "))}${mark}`,
    );
  }

  function render(state) {
    const hasSurface = Boolean(state.surface);
    for (const input of [slider, field]) input.disabled = !hasSurface && !state.threshold;
    const [low, high] = state.surface?.value_range ?? [1, 1000];
    span = [Math.max(low, 1e-6) / 4, Math.max(high, low * 2, 1e-5) * 3];
    if (state.threshold > span[1]) span[1] = state.threshold * 1.5;
    if (state.threshold && state.threshold < span[0]) span[0] = state.threshold / 1.5;
    slider.max = String(STEPS);
    if (state.threshold) {
      slider.value = String(toPosition(state.threshold));
      if (Number(field.value) !== state.threshold) field.value = String(state.threshold);
      field.setAttribute("aria-invalid", "false");
      byId("threshold-error").hidden = true;
      describe(state.threshold);
    }
    if (choice.value !== (state.guideline?.id ?? "")) fillChoice();
    byId("threshold-label").textContent = t("threshold.label", { name: state.contaminant ? shortNameOf(state.contaminant) : "" });
    renderDetails(state);
  }

  function renderDetails({ guideline, hotspotLayer }) {
    const details = byId("guideline-details");
    details.hidden = !guideline;
    byId("guideline-line").textContent = guideline ? lineOf(guideline) : "";
    byId("guideline-note").hidden = true;
    if (!guideline) return;
    const note = hotspotLayer?.guideline?.id === guideline.id ? hotspotLayer.extraction_note : null;
    byId("guideline-note").hidden = !note;
    byId("guideline-note").textContent = note ?? "";
    replace(byId("guideline-facts"), facts(guidelineFacts(guideline)));
  }

  store.on(["threshold", "guideline", "surface", "contaminant", "hotspotLayer"], render);
  return (loaded) => {
    guidelines = loaded;
    fillChoice();
    render(store.get());
  };
}

// Whose number it is and for which soil: seen without opening anything.
function lineOf({ citation, legal_name: name, soil_texture: texture }) {
  const soil = texture ? t("guideline.for_texture", { texture }) : null;
  return [isolate(citation ?? name ?? ""), soil].filter(Boolean).join(" · ");
}

function landUse({ land_use: use }) {
  return use && use !== "any" ? use.replaceAll(";", ", ").replaceAll("_", " ") : null;
}

function groupOf({ country: code, framework, legal_name: name, year }) {
  // ISO 3166 has no code for a group of countries; the registry then uses a word of its own.
  const place = /^[A-Z]{2}$/.test(code ?? "") ? `${country(code)}: ` : "";
  const title = name ?? framework ?? "";
  return `${place}${title.length > 70 ? `${title.slice(0, 68)}…` : title}${year && !title.includes(year) ? ` (${year})` : ""}`;
}

function grouped(guidelines) {
  const groups = new Map();
  for (const one of guidelines) groups.set(groupOf(one), [...(groups.get(groupOf(one)) ?? []), one]);
  return groups;
}

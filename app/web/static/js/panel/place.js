// Which guideline value applies to a place: framework and land use, and whatever else is asked for.

import { getJson } from "../api.js";
import { byId, debounce, el, replace } from "../dom.js";
import { country, isolate, number, t } from "../i18n.js";

const LAND_USES = ["agricultural", "residential", "parkland", "commercial", "industrial"];
const NUMBERS = ["ph", "clay", "organic_matter", "organic_carbon", "depth_upper_cm", "depth_lower_cm"];

export function createPlace(store) {
  const box = byId("place");
  const framework = byId("place-framework");
  const landUse = byId("place-land-use");
  const tier = byId("place-tier");
  const use = byId("place-use");
  let frameworks = null;
  let guidelines = [];
  let answer = null;
  let asked = 0; // answers that come too late are dropped
  const stated = new Map(); // what was asked for, and what was said

  box.addEventListener("toggle", () => box.open && load());
  framework.addEventListener("change", () => {
    forget();
    offerTiers();
    resolve();
  });
  for (const field of [landUse, tier]) field.addEventListener("change", resolve);
  use.addEventListener("click", () => {
    const row = guidelines.find(({ id }) => id === answer.guideline) ?? { id: answer.guideline, ...answer };
    store.set({ guideline: { ...row, value: answer.value }, threshold: answer.value });
  });
  store.on(["contaminant"], () => {
    forget();
    if (box.open) resolve();
  });

  async function load() {
    if (frameworks) return;
    try {
      ({ frameworks } = await getJson("/api/guidelines/frameworks"));
    } catch (problem) {
      say(problem.offline ? t("place.offline") : problem.message, problem.offline ? null : "en");
      return;
    }
    const names = frameworks.map((one) => el("option", { value: one.framework }, nameOf(one)));
    replace(framework, el("option", { value: "" }, t("place.choose")), names);
    const uses = LAND_USES.map((name) => el("option", { value: name }, t(`place.use.${name}`)));
    replace(landUse, el("option", { value: "" }, t("place.not_stated")), uses);
    offerTiers();
    resolve();
  }

  function offerTiers() {
    const chosen = frameworks.find((one) => one.framework === framework.value);
    const tiers = (chosen?.tiers ?? []).map((name) => el("option", { value: name }, t(`place.tier.${name}`)));
    replace(tier, el("option", { value: "" }, t("place.not_stated")), tiers);
  }

  function forget() {
    stated.clear();
    replace(byId("place-needs"));
  }

  async function resolve() {
    const { contaminant } = store.get();
    asked += 1;
    const own = asked;
    if (!frameworks) return;
    if (!framework.value || !contaminant) {
      answer = null;
      clear(t("place.hint"));
      return;
    }
    const query = new URLSearchParams({ contaminant: contaminant.code, framework: framework.value });
    if (landUse.value) query.set("land_use", landUse.value);
    if (tier.value) query.set("tier", tier.value);
    for (const [name, value] of stated) if (value !== "") query.set(name, value);
    if (byId("guideline-unverified").checked) query.set("accept_unverified", "true");
    try {
      const found = await getJson(`/api/guidelines/resolve?${query}`);
      if (own === asked) show(found);
    } catch (problem) {
      if (own !== asked) return;
      answer = null;
      clear(problem.offline ? t("place.offline") : problem.message, problem.offline ? null : "en");
    }
  }
  const later = debounce(resolve, 350);
  byId("guideline-unverified").addEventListener("change", () => box.open && resolve());

  function show(found) {
    answer = found.status === "chosen" ? found : null;
    for (const need of found.needs) ask(need);
    clear(
      answer
        ? t("place.chosen", { value: isolate(`${number(found.value)} ${found.unit}`) })
        : t(found.status === "none" ? "place.none" : "place.undecided"),
    );
    const lines = answer ? [...found.facts, ...found.caveats] : [];
    const reasons = answer ? lines : found.candidates.map(({ id, code, sentence }) => ({ code, sentence: `${id}: ${sentence}` }));
    replace(byId("place-facts"), reasons.slice(0, 12).map(reason));
    byId("place-citation").textContent = answer?.citation ?? "";
    use.hidden = !answer;
  }

  function ask({ parameter, options }) {
    if (stated.has(parameter) || parameter === "guideline" || parameter === "land_use") return;
    stated.set(parameter, "");
    const id = `place-${parameter}`;
    const field = NUMBERS.includes(parameter)
      ? el("input", { id, type: "number", step: "any", min: "0" })
      : el("select", { id }, el("option", { value: "" }, t("place.not_stated")), options.map(option));
    field.addEventListener(field.matches("input") ? "input" : "change", () => {
      stated.set(parameter, field.value);
      later();
    });
    byId("place-needs").append(el("label", { class: "label minor", for: id }, t(`place.field.${parameter}`)), field);
  }

  function clear(words, language = null) {
    say(words, language);
    replace(byId("place-facts"));
    byId("place-citation").textContent = "";
    use.hidden = true;
  }

  function say(words, language) {
    const line = byId("place-answer");
    line.textContent = words;
    if (language) line.lang = language;
    else line.removeAttribute("lang");
  }

  return (loaded) => {
    guidelines = loaded;
  };
}

// A range's end is offered with its number, "lower: 1"; the word alone is sent.
function option(text) {
  return el("option", { value: text.replace(/^(lower|upper): .*/, "$1"), lang: "en", dir: "ltr" }, text);
}

// The kind of the reason in the reader's language, the service's own sentence behind it.
function reason({ code, sentence }) {
  return el("li", {}, `${t(`place.code.${known(code)}`)}: `, el("span", { lang: "en", dir: "ltr" }, sentence));
}

const CODES = [
  "region", "land_use", "receptor", "crop", "soil_texture", "ph", "organic", "clay", "depth", "extraction", "tier",
  "range", "soil_type", "unverified", "status", "note",
]; // prettier-ignore

function known(code) {
  if (code === "basis") return "extraction";
  if (["historic", "superseded", "quoted"].includes(code)) return "status";
  if (code === "less_specific") return "land_use";
  return CODES.find((name) => code === name || code.startsWith(`${name}_`) || code.endsWith(`_${name}`)) ?? "note";
}

function nameOf({ framework, country: code, legal_name: name, region }) {
  const place = /^[A-Z]{2}$/.test(code ?? "") && !["EU", "ZZ"].includes(code) ? `${country(code)}: ` : "";
  const title = name || framework;
  return `${place}${isolate(title.length > 60 ? `${title.slice(0, 58)}…` : title)}${region ? ` (${region})` : ""}`;
}

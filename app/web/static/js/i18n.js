// The page's words in six languages. A missing word falls back to English, never to nothing.

export const LANGUAGES = { ar: "العربية", zh: "中文", en: "English", fr: "Français", ru: "Русский", es: "Español" };
const RIGHT_TO_LEFT = ["ar"];
const STORED = "soil-hotspots.language";

let language = "en";
let words = {};
let plurals = new Intl.PluralRules("en");

export const currentLanguage = () => language;

// Numbers on the map come from the service in Western digits; the page stays with one kind.
const tag = () => `${language}-u-nu-latn`;

function remembered() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage may be switched off; the browser's languages decide then
  }
}

export function rememberLanguage(code) {
  try {
    localStorage.setItem(STORED, code);
  } catch {
    // The permalink carries the language as well.
  }
}

export function preferredLanguage(asked) {
  const wishes = [asked, remembered(), ...navigator.languages.map((name) => name.split("-")[0])];
  return wishes.find((code) => code && Object.hasOwn(LANGUAGES, code)) ?? "en";
}

async function readWords(code) {
  const response = await fetch(new URL(`../locales/${code}.json`, import.meta.url));
  if (!response.ok) throw new Error(`the words of ${code} did not arrive`);
  return response.json();
}

export async function loadLanguage(code) {
  const [english, own] = await Promise.all([readWords("en"), code === "en" ? {} : readWords(code)]);
  language = code;
  words = { ...english, ...own };
  plurals = new Intl.PluralRules(code);
  document.documentElement.lang = code;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(code) ? "rtl" : "ltr";
}

export function t(key, values = {}) {
  let text = words[key] ?? key;
  if (typeof text === "object") text = text[plurals.select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return isolate(typeof value === "number" ? number(value) : value);
  });
}

// Among right-to-left words, "150 mg/kg" would fall apart without its own direction.
export function isolate(text) {
  if (!RIGHT_TO_LEFT.includes(language)) return text;
  // What begins with a sign or a digit has no direction of its own to begin with: it gets ours.
  return /^[<>≥\d]/.test(text) ? `\u2066${text}\u2069` : `\u2068${text}\u2069`;
}

export function translatePage(root = document) {
  for (const node of root.querySelectorAll("[data-i18n]")) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll("[data-i18n-label]")) {
    node.setAttribute("aria-label", t(node.dataset.i18nLabel));
    if (node.matches("button")) node.title = t(node.dataset.i18nLabel);
  }
  for (const node of root.querySelectorAll("[data-i18n-placeholder]")) node.placeholder = t(node.dataset.i18nPlaceholder);
}

export function number(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return t("value.unknown");
  const size = Math.abs(value);
  const options = size >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits };
  return new Intl.NumberFormat(tag(), options).format(value);
}

export function percent(share) {
  if (share === null || share === undefined) return t("value.unknown");
  // A probability is never shown as certain: the model cannot say 0 % or 100 %.
  if (share > 0.995) return `> ${new Intl.NumberFormat(tag(), { style: "percent" }).format(0.99)}`;
  if (share < 0.005) return `< ${new Intl.NumberFormat(tag(), { style: "percent" }).format(0.01)}`;
  return new Intl.NumberFormat(tag(), { style: "percent" }).format(share);
}

export function area(squareMetres) {
  if (squareMetres === null || squareMetres === undefined) return t("value.unknown");
  return squareMetres >= 1e6
    ? `${number(squareMetres / 1e6)} ${t("unit.km2")}`
    : `${number(squareMetres / 1e4)} ${t("unit.ha")}`;
}

export function date(text) {
  if (!text) return null;
  if (/^\d{4}$/.test(text)) return text;
  const moment = new Date(text.length === 10 ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(moment.getTime())) return text;
  return new Intl.DateTimeFormat(tag(), { dateStyle: "medium", timeZone: "UTC" }).format(moment);
}

export function period(from, to) {
  const [first, last] = [date(from), date(to)];
  if (first && last && first !== last) return `${first} – ${last}`;
  return first ?? last ?? t("value.unknown");
}

export function country(code) {
  try {
    return new Intl.DisplayNames([language, "en"], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

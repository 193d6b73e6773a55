// Names of contaminants, and finding one by any of them: "Pb", "lead", "plomb", "铅", "7439-92-1".

import { currentLanguage } from "./i18n.js";

const plain = (text) =>
  String(text).normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase("en").trim();

export function nameOf(contaminant) {
  if (!contaminant) return "";
  return contaminant.names?.[currentLanguage()] ?? contaminant.names?.en ?? contaminant.code;
}

export function shortNameOf(contaminant) {
  return contaminant.symbol || nameOf(contaminant);
}

function termsOf(contaminant) {
  const { code, symbol, cas, names = {}, aliases = [] } = contaminant;
  return [code, symbol, cas, ...Object.values(names), ...aliases].filter(Boolean).map(plain);
}

// 0 is the best fit: the whole of a name; then its beginning; then a part of it.
function rank(terms, wanted) {
  if (terms.includes(wanted)) return 0;
  if (terms.some((term) => term.startsWith(wanted))) return 1;
  // One or two letters inside a word say nothing: "pb" must not find every "…pb…".
  if (wanted.length > 2 && terms.some((term) => term.includes(wanted))) return 2;
  return null;
}

export function createContaminantSearch(contaminants, withSurface) {
  const entries = contaminants.map((contaminant) => ({
    contaminant,
    terms: termsOf(contaminant),
    ready: withSurface.has(contaminant.code),
  }));
  return (query, limit = 40) => {
    const wanted = plain(query);
    return entries
      .map((entry) => ({ ...entry, rank: wanted ? rank(entry.terms, wanted) : 0 }))
      .filter((entry) => entry.rank !== null)
      .sort((a, b) => b.ready - a.ready || a.rank - b.rank)
      .slice(0, limit);
  };
}

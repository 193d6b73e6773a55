// The popup: one card with everything known about a place, sections one under another.

import { byId, el, replace } from "../dom.js";
import { t } from "../i18n.js";
import { pinAt } from "../map/basemap.js";

export function createCard(map, { onClose }) {
  const card = byId("card");
  const title = byId("card-title");
  const body = byId("card-body");
  let pin = null;
  let opener = null;

  function close() {
    if (card.hidden) return;
    card.hidden = true;
    document.body.classList.remove("card-open");
    pin?.remove();
    pin = null;
    onClose();
    (opener?.isConnected ? opener : map.getCanvas()).focus({ preventScroll: true });
  }

  function open({ heading, lngLat, sections }) {
    opener = card.hidden ? document.activeElement : opener;
    pin?.remove();
    pin = lngLat ? pinAt(map, lngLat) : null;
    title.textContent = heading;
    replace(body, sections);
    card.hidden = false;
    document.body.classList.add("card-open");
    body.scrollTop = 0;
    title.focus({ preventScroll: true });
  }

  byId("card-close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
  });
  return { open, close, isOpen: () => !card.hidden };
}

// One part of the card: what it is, its name, and facts as a list of terms.
export function section({ kind, heading, lead, rows = [], after = [] }) {
  return el(
    "section",
    { class: `part part-${kind}` },
    el("p", { class: "part-kind" }, t(`kind.${kind}`)),
    heading ? el("h3", { dir: "auto" }, heading) : null,
    lead,
    facts(rows),
    after,
  );
}

export function facts(rows) {
  const known = rows.filter(Boolean);
  if (!known.length) return null;
  return el(
    "dl",
    { class: "facts" },
    known.map(([term, ...values]) => el("div", {}, el("dt", {}, term), el("dd", {}, values.map(isolated)))),
  );
}

// Text in another script keeps its own direction without moving what stands beside it.
const isolated = (value) => (typeof value === "string" ? el("bdi", {}, value) : value);

// Digits, signs and units of one quantity stay together and in order, in every script.
export function quantity(text) {
  return el("bdi", { dir: "ltr", class: "quantity" }, text);
}

export function busy() {
  return el("p", { class: "busy-line", role: "status" }, t("status.loading"));
}

// Loading, nothing there, something wrong: each in words, with what to do next.

import { byId, el, replace } from "../dom.js";
import { t } from "../i18n.js";

export function problemText(problem) {
  if (problem.offline) return t("problem.offline");
  if (problem.status === 503) return t("problem.busy");
  return problem.detail || problem.title || t("problem.unknown");
}

let running = 0;

export function busy(step) {
  running = Math.max(0, running + step);
  byId("progress").hidden = running === 0;
  byId("stage").setAttribute("aria-busy", String(running > 0));
}

const shown = new Map();

// A notice per cause: trying again replaces it, success takes it away.
export function showProblem(cause, problem, retry) {
  const node = el(
    "div",
    { class: "notice notice-problem", role: "alert" },
    el("p", {}, el("strong", {}, t(`problem.cause.${cause}`)), " ", el("span", { dir: "auto" }, problemText(problem))),
    el(
      "div",
      { class: "notice-actions" },
      retry ? el("button", { type: "button", onclick: () => (clearNotice(cause), retry()) }, t("action.retry")) : null,
      el("button", { type: "button", class: "quiet", onclick: () => clearNotice(cause) }, t("action.dismiss")),
    ),
  );
  put(cause, node);
}

export function showHint(cause, text) {
  put(cause, el("div", { class: "notice", role: "status" }, el("p", {}, text)));
}

function put(cause, node) {
  shown.set(cause, node);
  replace(byId("notices"), [...shown.values()]);
}

export function clearNotice(cause) {
  if (shown.delete(cause)) replace(byId("notices"), [...shown.values()]);
}

const COMMANDS = [
  "hotspots ingest samples FILE.csv --dataset NAME --visibility public",
  "hotspots surface build --contaminant zinc",
  "hotspots find --contaminant zinc --threshold 150",
];

export function showEmpty(isEmpty) {
  const node = byId("empty");
  node.hidden = !isEmpty;
  document.body.classList.toggle("no-data", isEmpty);
  if (!isEmpty) return;
  replace(
    node,
    el("h2", {}, t("empty.title")),
    el("p", {}, t("empty.text")),
    el("pre", { dir: "ltr", tabindex: "0" }, el("code", {}, COMMANDS.join("\n"))),
    el("p", {}, t("empty.demo"), " ", el("code", { dir: "ltr" }, "hotspots demo")),
    el("p", {}, el("a", { href: "api/docs" }, t("empty.docs"))),
  );
}

// Bring a file in: say whose it is, see what was understood, correct it, load it, take it back.

import { byId, el, replace } from "../dom.js";
import { LANGUAGES, currentLanguage, loadLanguage, number, preferredLanguage, rememberLanguage, t, translatePage } from "../i18n.js";
import { drawPlaces } from "./places.js";
import { act, download, readImport, upload, waitFor } from "./service.js";
import { columnsTable, countsList, factsList, findingsTable, rowsTable } from "./tables.js";

const MEANINGS = ["longitude", "latitude", "easting", "northing", "sample_code", "site_code", "date", "year", "depth", "depth_upper", "depth_lower",
  "analyte", "cas_number", "value", "unit", "qualifier", "detection_limit", "extraction", "fraction", "method", "laboratory", "uncertainty", "unused", "contaminant:pb [mg/kg]", "uncertainty:pb [mg/kg] k=2"];

const state = { file: null, shown: null, columns: {}, accept: [] };
const key = () => byId("key").value.trim();

function fail(problem) {
  byId("busy").hidden = true;
  byId("problem").hidden = false;
  byId("problem").textContent = problem.offline ? t("import.offline") : problem.message;
}

async function working(text, work) {
  byId("problem").hidden = true;
  byId("busy").hidden = false;
  byId("busy").textContent = text;
  try {
    await work();
    byId("busy").hidden = true;
  } catch (problem) {
    fail(problem);
  }
}

const follow = (job, text) => waitFor(job, (share) => {
  byId("busy").textContent = `${text} ${number(Math.round(share * 100))} %`;
});

function orderForm() {
  const form = new FormData();
  form.set("file", state.file);
  for (const name of ["kind", "dataset", "visibility", "epsg", "unit", "country", "header_row", "licence", "citation"]) {
    const value = byId(name).value.trim();
    if (value) form.set(name, value);
  }
  const sheet = byId("sheet").value.trim();
  if (sheet) form.set("options", JSON.stringify({ sheet }));
  return form;
}

async function look() {
  if (!state.file) return fail(new Error(t("import.no_file")));
  if (!byId("dataset").value.trim() || !key()) return fail(new Error(t("import.missing")));
  state.columns = {};
  state.accept = [];
  await working(t("import.looking"), async () => {
    const sent = await upload(key(), orderForm());
    await follow(sent.job, t("import.looking"));
    await show(sent.import.id);
  });
}

async function lookAgain() {
  await working(t("import.looking"), async () => {
    const options = { columns: Object.keys(state.columns).length ? state.columns : null, accept: state.accept.length ? state.accept : null };
    const asked = await act(key(), state.shown.id, "preview", { options });
    await follow(asked.job, t("import.looking"));
    await show(state.shown.id);
  });
}

async function finish(action, text) {
  await working(text, async () => {
    const asked = await act(key(), state.shown.id, action);
    await follow(asked.job, text);
    await show(state.shown.id);
  });
}

async function show(id) {
  state.shown = await readImport(key(), id);
  render();
  byId("seen").focus();
}

function preview(told) {
  const share = { rows: told.rows_examined, bad: told.quarantined };
  return [
    el("p", { class: "sentence" }, t(told.is_whole_file ? "import.seen_all" : "import.seen_some", share)),
    el("h3", {}, t("import.how")), factsList(told.description),
    told.places.length ? [el("h3", {}, t("import.where")), drawPlaces(told.places)] : null,
    el("h3", {}, t("import.columns")),
    columnsTable(told.columns, (name, meaning) => { state.columns[name] = meaning; }),
    told.findings.length ? [el("h3", {}, t("import.findings")), findingsTable(told, state.accept, accept)] : null,
    told.rows.length ? [el("h3", {}, t("import.first_rows")), rowsTable(told.rows)] : null,
    el("datalist", { id: "meanings" }, MEANINGS.map((meaning) => el("option", { value: meaning }))),
  ].flat();
}

function accept(code, is_accepted) {
  state.accept = state.accept.filter((known) => known !== code).concat(is_accepted ? [code] : []);
}

const button = (kind, text, onclick) => el("button", { type: "button", class: kind, onclick }, text);

function actions() {
  const { status, id } = state.shown;
  const give = (name) => () => download(key(), id, name).catch(fail);
  if (status === "previewed") {
    return [
      state.shown.preview.refusal ? null : button("primary", t("import.load"), () => finish("confirm", t("import.loading"))),
      button("secondary", t("import.again"), lookAgain),
    ];
  }
  return [
    button("secondary", t("import.report"), give("report.html")),
    state.shown.rows.quarantined ? button("secondary", t("import.quarantine"), give("quarantine.csv")) : null,
    status === "loaded" ? button("secondary", t("import.undo"), () => finish("undo", t("import.undoing"))) : null,
  ];
}

function render() {
  const { status, filename, preview: told, rows, report } = state.shown;
  const refusal = (status === "previewed" ? told : report)?.refusal;
  byId("seen").hidden = false;
  replace(byId("seen"),
    el("h2", {}, t(`import.status.${status}`, { name: filename })),
    refusal ? el("p", { class: "problem", lang: "en" }, refusal.message) : null,
    status === "previewed" && !refusal ? preview(told) : null,
    status === "loaded" ? [countsList(rows), report.findings.length ? [el("h3", {}, t("import.findings")), findingsTable(report, [], () => {})] : null].flat() : null,
    el("div", { class: "actions" }, actions()));
}

function take(file) {
  state.file = file;
  byId("chosen").textContent = file ? file.name : t("import.drop");
}

function listen() {
  const drop = byId("drop");
  byId("file").addEventListener("change", (event) => take(event.target.files[0] ?? null));
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
  drop.addEventListener("drop", (event) => take(event.dataTransfer.files[0] ?? null));
  byId("order").addEventListener("submit", (event) => { event.preventDefault(); look(); });
  const chooser = byId("language");
  replace(chooser, Object.entries(LANGUAGES).map(([code, name]) => el("option", { value: code, lang: code }, name)));
  chooser.value = currentLanguage();
  chooser.addEventListener("change", async () => { rememberLanguage(chooser.value); await speak(chooser.value); });
}

async function speak(code) {
  await loadLanguage(code);
  translatePage();
  document.title = t("import.title");
  take(state.file);
  if (state.shown) render();
}

await speak(preferredLanguage(new URLSearchParams(location.hash.slice(1)).get("lang")));
listen();

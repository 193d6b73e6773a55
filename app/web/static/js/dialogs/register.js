// Joining the network: a person or an organisation, shown at its city after moderation.

import { getJson, postJson } from "../api.js";
import { createCombobox } from "../combobox.js";
import { byId, el, replace } from "../dom.js";
import { country, t } from "../i18n.js";
import { problemText } from "../panel/status.js";
import { closeOnBackdrop } from "./about.js";

export function createRegistration() {
  const dialog = byId("register");
  const form = byId("register-form");
  let place = null;

  const input = byId("register-place");
  createCombobox({
    input,
    list: byId("register-place-list"),
    delay: 200,
    find: findPlaces,
    onEmpty: () => searchNote,
    onPick: (picked) => {
      place = picked;
      input.value = `${picked.name}, ${country(picked.country)}`;
      fieldError("city", null);
    },
  });
  input.addEventListener("input", () => {
    place = null;
  });
  form.elements.kind.forEach?.((radio) => radio.addEventListener("change", followKind));
  byId("register-open").addEventListener("click", () => {
    reset();
    dialog.showModal();
  });
  closeOnBackdrop(dialog);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  function followKind() {
    // An organisation's own name is its name; only a person belongs to another one.
    byId("register-organisation").hidden = form.elements.kind.value === "organisation";
  }

  function reset() {
    form.reset();
    place = null;
    followKind();
    form.hidden = false;
    byId("register-done").hidden = true;
    for (const node of form.querySelectorAll("[data-error]")) fieldError(node.dataset.error, null);
    replace(byId("register-problem"));
  }

  function fieldError(name, message) {
    const node = form.querySelector(`[data-error="${CSS.escape(name)}"]`);
    if (!node) return false;
    node.textContent = message ?? "";
    node.hidden = !message;
    const control = name === "city" ? input : form.elements[name];
    control?.setAttribute?.("aria-invalid", String(Boolean(message)));
    return true;
  }

  function findFaults(values) {
    const faults = {
      name: values.name ? null : t("register.error.name"),
      email: form.elements.email.validity.valid && values.email ? null : t("register.error.email"),
      city: place ? null : t("register.error.city"),
      consent: values.consent ? null : t("register.error.consent"),
    };
    for (const [name, message] of Object.entries(faults)) fieldError(name, message);
    const first = Object.keys(faults).find((name) => faults[name]);
    if (first) (first === "city" ? input : form.elements[first]).focus();
    return Boolean(first);
  }

  async function send() {
    const { elements } = form;
    const values = {
      name: elements.name.value.trim(),
      kind: elements.kind.value,
      email: elements.email.value.trim(),
      city: place?.name,
      country: place?.country,
      place_id: place ? String(place.id) : undefined,
      working_groups: elements.working_groups.value.split(/[,،，、;]/).map((word) => word.trim()).filter(Boolean),
      consent: elements.consent.checked,
    };
    const organisation = elements.organisation.value.trim();
    if (values.kind === "person" && organisation) values.organisation = organisation;
    if (findFaults(values)) return;
    const button = byId("register-send");
    button.disabled = true;
    replace(byId("register-problem"));
    try {
      await postJson("/api/members", values);
      form.hidden = true;
      byId("register-done").hidden = false;
      byId("register-done").focus();
    } catch (problem) {
      showRefusal(problem);
    } finally {
      button.disabled = false;
    }
  }

  function showRefusal(problem) {
    for (const fault of problem.errors ?? []) {
      fieldError(fault.parameter, fault.message);
    }
    replace(byId("register-problem"), el("p", { role: "alert", class: "form-problem", dir: "auto" }, problemText(problem)));
  }
}

// What the list says when it has no place to offer.
let searchNote = "";

async function findPlaces(query) {
  searchNote = t("register.type_more");
  if (query.trim().length < 2) return [];
  try {
    const { places } = await getJson(`/api/members/places?${new URLSearchParams({ q: query.trim() })}`);
    searchNote = t("register.no_place");
    return places.map((value) => ({ label: value.name, detail: country(value.country), value }));
  } catch (problem) {
    searchNote = problemText(problem);
    return [];
  }
}

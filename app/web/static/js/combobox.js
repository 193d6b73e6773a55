// A text field with a list of suggestions, after the ARIA combobox pattern.

import { el, replace } from "./dom.js";

let counter = 0;

// find(query) answers [{label, detail?, group?, value}] or a promise of it; onPick gets the value.
export function createCombobox({ input, list, find, onPick, onEmpty, delay = 0 }) {
  let options = [];
  let active = -1;
  let timer = 0;
  let asked = 0;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("autocomplete", "off");
  input.setAttribute("spellcheck", "false");
  list.setAttribute("role", "listbox");
  close();

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function activate(index) {
    active = index;
    options.forEach(({ node }, position) => {
      node.setAttribute("aria-selected", String(position === index));
      if (position === index) {
        input.setAttribute("aria-activedescendant", node.id);
        node.scrollIntoView({ block: "nearest" });
      }
    });
  }

  function pick(index) {
    const { value } = options[index];
    close();
    onPick(value);
  }

  function show(found) {
    counter += 1;
    let group = null;
    const nodes = [];
    options = found.map((entry, index) => {
      if (entry.group && entry.group !== group) {
        group = entry.group;
        nodes.push(el("li", { class: "combobox-group", role: "presentation" }, group));
      }
      const node = el(
        "li",
        {
          id: `${list.id}-${counter}-${index}`,
          role: "option",
          "aria-selected": "false",
          onmousedown: (event) => event.preventDefault(),
          onclick: () => pick(index),
        },
        el("span", { dir: "auto" }, entry.label),
        entry.detail ? el("span", { class: "combobox-detail" }, entry.detail) : null,
      );
      nodes.push(node);
      return { ...entry, node };
    });
    if (!found.length && onEmpty) nodes.push(el("li", { class: "combobox-empty", role: "presentation" }, onEmpty()));
    replace(list, nodes);
    list.hidden = nodes.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    active = -1;
  }

  async function search(query) {
    asked += 1;
    const mine = asked;
    const found = await find(query);
    // A slow answer to an older question must not replace the newer one.
    if (mine === asked && document.activeElement === input) show(found);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search(input.value), delay);
  });
  input.addEventListener("click", () => {
    if (list.hidden) {
      input.select();
      search("");
    }
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) search("");
      else if (options.length) {
        const step = event.key === "ArrowDown" ? 1 : -1;
        activate((active + step + options.length) % options.length);
      }
    } else if (event.key === "Enter" && !list.hidden && options.length) {
      event.preventDefault();
      pick(Math.max(active, 0));
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
  });
}

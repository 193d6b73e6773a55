// Build elements from text only: names in the data can be hostile, so nothing here parses HTML.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function replace(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

// A link only when the address is a web address: "javascript:" must never become clickable.
export function link(address, text) {
  let target;
  try {
    target = new URL(address, document.baseURI);
  } catch {
    return document.createTextNode(text);
  }
  if (!["http:", "https:"].includes(target.protocol)) return document.createTextNode(text);
  return el("a", { href: target.href, target: "_blank", rel: "noopener noreferrer" }, text);
}

export function debounce(action, milliseconds) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

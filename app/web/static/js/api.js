// Talk to the service. Every failure leaves as a Problem whose text a person can read.

const base = new URL(".", document.baseURI);

export class Problem extends Error {
  constructor({ title = "", detail = "", status = 0, errors = [] }) {
    super(detail || title);
    this.name = "Problem";
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.errors = Array.isArray(errors) ? errors : [];
  }

  // No answer at all, as opposed to an answer that says no.
  get offline() {
    return this.status === 0;
  }
}

// Addresses are resolved against the page, so that a proxy may put the service under a path.
export function address(path) {
  return new URL(path.replace(/^\//, ""), base).href;
}

async function asProblem(response, signal) {
  try {
    return new Problem({ status: response.status, ...(await response.json()) });
  } catch {
    signal?.throwIfAborted();
    return new Problem({ status: response.status, title: response.statusText });
  }
}

// Who no longer wants an answer may say so at any moment, also while it arrives.
async function request(target, options) {
  let response;
  try {
    response = await fetch(target, options);
  } catch {
    options.signal?.throwIfAborted();
    throw new Problem({});
  }
  if (!response.ok) throw await asProblem(response, options.signal);
  try {
    return await response.json();
  } catch {
    options.signal?.throwIfAborted();
    // It broke off, or is of something between here and the service: either way none of ours.
    throw new Problem({});
  }
}

export function getJson(path, { signal } = {}) {
  return request(address(path), { signal, headers: { Accept: "application/json, application/geo+json" } });
}

export function postJson(path, body) {
  return request(address(path), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
}

// Follow the next links of a collection until it ends or the cap is reached.
export async function getFeatures(path, { signal, cap }) {
  const features = [];
  let target = address(path);
  while (target && features.length < cap) {
    const page = await request(target, { signal, headers: { Accept: "application/geo+json" } });
    features.push(...page.features);
    target = nextPage(page.links);
  }
  return { features: features.slice(0, cap), complete: !target && features.length <= cap };
}

function nextPage(links = []) {
  const next = links.find((entry) => entry.rel === "next");
  if (!next) return null;
  // Only path and query are kept: behind a proxy the service may not know its outer host name.
  const { pathname, search } = new URL(next.href, base);
  return base.origin + pathname + search;
}

// The import routes need the operator's key; it is kept in this page's memory and nowhere else.

import { Problem, address, getJson } from "../api.js";

const PAUSE = 400; // ms between two looks at a job

async function request(key, path, options = {}) {
  let response;
  const headers = { Accept: "application/json", Authorization: `Bearer ${key}`, ...options.headers };
  try {
    response = await fetch(address(path), { ...options, headers });
  } catch {
    throw new Problem({});
  }
  if (!response.ok) {
    const told = await response.json().catch(() => ({ title: response.statusText }));
    throw new Problem({ ...told, status: response.status });
  }
  return response;
}

export async function upload(key, form) {
  return (await request(key, "/api/imports", { method: "POST", body: form })).json();
}

export async function readImport(key, id) {
  return (await request(key, `/api/imports/${id}`)).json();
}

export async function act(key, id, action, body = {}) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await request(key, `/api/imports/${id}/${action}`, options)).json();
}

// A file that needs the key cannot be a plain link: it is fetched and handed over.
export async function download(key, id, name) {
  const response = await request(key, `/api/imports/${id}/${name}`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${id}-${name}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

export async function waitFor(job, onProgress) {
  let now = job;
  while (now.status === "queued" || now.status === "running") {
    onProgress(now.progress ?? 0);
    await new Promise((done) => setTimeout(done, PAUSE));
    now = await getJson(`/api/jobs/${job.id}`);
  }
  if (now.status !== "succeeded") throw new Problem({ detail: now.error ?? now.status, status: 422 });
  return now;
}

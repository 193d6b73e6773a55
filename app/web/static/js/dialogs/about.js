// What the map says and what it does not.

import { byId } from "../dom.js";

export function createAboutDialog() {
  const dialog = byId("about");
  byId("about-open").addEventListener("click", () => dialog.showModal());
  closeOnBackdrop(dialog);
}

export function closeOnBackdrop(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

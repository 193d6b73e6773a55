// Who made what is seen, and the sentence about boundaries, in the margin of the map.

import { byId, el, link, replace } from "../dom.js";
import { t } from "../i18n.js";

export function renderCredits({ boundarySentence, datasets }) {
  replace(
    byId("credits-data"),
    el("span", {}, t("credits.base")),
    datasets.map(({ title, name, licence, citation, source_url: target }) =>
      el(
        "span",
        { dir: "auto", title: citation ?? "" },
        target ? link(target, title ?? name) : (title ?? name),
        licence ? ` (${licence})` : "",
      ),
    ),
  );
  byId("boundary").textContent = boundarySentence ?? "";
  // On a wide screen the margin has room for all of it; on a phone it opens on demand.
  const wide = matchMedia("(min-width: 60rem)");
  const follow = () => {
    byId("credits").open = wide.matches;
  };
  wide.addEventListener("change", follow);
  follow();
}

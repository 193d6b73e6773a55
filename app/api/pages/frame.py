"""What every page has: the bar, the way back, and texts that cannot become markup."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

# Of a text in a cell of a table; the feature's own page has the whole of it.
_LONGEST = 80


def page(title: str, base: str, way: Sequence[tuple[str, str]], body: str, data: str) -> str:
    """Return a whole page.

    `base` is the address of the API, `way` names what the page lies in with addresses below
    it, and `data` is where programs find the same.
    """
    root = escape(base.removesuffix("/api"))
    crumbs = "".join(f"<li>{anchor(f'{base}{path}?f=html', name)}</li>" for name, path in way)
    return f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{escape(title)} · Soil hotspots</title>
    <link rel="icon" href="{root}/static/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="{root}/static/css/base.css">
    <link rel="stylesheet" href="{root}/static/css/import.css">
    <link rel="stylesheet" href="{root}/static/css/resource.css">
  </head>
  <body>
    <header class="bar">
      <img src="{root}/static/icon.svg" alt="" width="26" height="26">
      <h1>Soil hotspots</h1>
      <a class="quiet button" href="{escape(data)}">JSON</a>
      <a class="quiet button" href="{root}/">To the map</a>
    </header>
    <main>
      <nav aria-label="Where this lies"><ol class="way">{crumbs}</ol></nav>
      <article class="sheet">
        <h2>{escape(title)}</h2>
        {body}
      </article>
    </main>
  </body>
</html>
"""


def anchor(href: str, text: str) -> str:
    """Return a link; an address that is not of the web is shown as text alone."""
    if urlsplit(href).scheme not in {"", "http", "https"}:
        return escape(text)
    return f'<a href="{escape(href)}">{escape(text)}</a>'


def value(thing: Any) -> str:
    """Return a value of a property as markup, whole; what has parts becomes a list or a table."""
    if isinstance(thing, dict):
        return facts([(name, value(part)) for name, part in thing.items()])
    if isinstance(thing, list) and thing and all(isinstance(one, dict) for one in thing):
        names, _ = told_of(thing[0], thing)
        return table(names, [[value(one.get(name)) for name in names] for one in thing])
    if isinstance(thing, list):
        return ", ".join(value(one) for one in thing) or value(None)
    return _plain(thing)


def brief(thing: Any) -> str:
    """Return a value of a property as markup for a cell of a table: a line or two."""
    if isinstance(thing, (dict, list)):
        if any(isinstance(part, (dict, list)) for part in thing):
            return f"{len(thing):,} entries"
        named = thing.items() if isinstance(thing, dict) else (("", part) for part in thing)
        return _plain(_cut(", ".join(f"{name} {part}".strip() for name, part in named)))
    return _plain(_cut(thing) if isinstance(thing, str) else thing)


def _plain(thing: Any) -> str:
    """Return a value without parts as markup; nothing is left empty."""
    if thing is None:
        return '<span class="unknown">unknown</span>'
    if isinstance(thing, str):
        is_address = thing.startswith(("http://", "https://")) and " " not in thing
        return anchor(thing, thing) if is_address else escape(thing)
    if isinstance(thing, bool):
        return "yes" if thing else "no"
    if isinstance(thing, float):
        return escape(f"{thing:.6g}")
    return escape(str(thing))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Return names with values that are markup already."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{markup}</dd>" for name, markup in pairs)
    return f'<dl class="facts">{rows}</dl>'


def told_of(names: Iterable[str], listed: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
    """Return which names something is known of in a list, and markup that tells the others."""
    told: list[str] = []
    silent: list[str] = []
    for name in names:
        known = any(one.get(name) is not None for one in listed)
        (told if known else silent).append(name)
    if not silent:
        return told, ""
    return told, f'<p class="unknown">Unknown of all of these: {escape(", ".join(silent))}.</p>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, of_lines: bool = False) -> str:
    """Return a table whose cells are markup already; `of_lines`, each row is one line."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    kind = "wide lines" if of_lines else "wide"
    return (
        f'<div class="{kind}" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def link_list(document: dict[str, Any]) -> str:
    """Return the links of a document but those to itself, as a list."""
    shown = [one for one in document["links"] if one["rel"] not in {"self", "alternate"}]
    lines = "".join(
        f"<li>{_led(one)} <span class='unknown'>{escape(one['type'])}</span></li>" for one in shown
    )
    return f'<ul class="links">{lines}</ul>'


def _led(one: dict[str, Any]) -> str:
    """Return a link; a template, which leads nowhere yet, as what it is."""
    if one.get("templated"):
        return f"{escape(one['title'])}: <code>{escape(one['href'])}</code>"
    return anchor(one["href"], one["title"])


def address(document: dict[str, Any], rel: str, kind: str | None = None) -> str:
    """Return where a document's link leads."""
    found: str = next(
        one["href"]
        for one in document["links"]
        if one["rel"] == rel and kind in {None, one["type"]}
    )
    return found

"""Read a user's framework from a CSV file with the registry's columns, row by row.

Nothing is guessed: what cannot be read is a finding that names row, column and remedy. A file with
one finding is not taken, because a framework with rows missing would answer wrongly.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.services.guidelines.rows import LAND_USES, TIERS, Guideline
from app.services.guidelines.soil_type import FORMULA

MAX_ROWS = 20_000
MAX_TEXT = 1000
REQUIRED = ("id", "contaminant", "land_use", "tier", "value", "unit", "legal_name", "verification")
COLUMNS = tuple(f.name for f in fields(Guideline))
VERIFICATIONS = {
    "official_text": True,
    "transcription": True,
    "secondary": True,
    "weak": False,
    "none": False,
}
_RULE = re.compile(r"(<=|<|>=|>)[0-9]+(\.[0-9]+)?|[0-9]+(\.[0-9]+)?-[0-9]+(\.[0-9]+)?")
_DEPTH = re.compile(r">?[0-9]+(\.[0-9]+)?|[0-9]+(\.[0-9]+)?-[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class RowFinding:
    """What is wrong in a row; row 1 is the header, as a spreadsheet counts."""

    row: int
    column: str
    code: str
    message: str


@dataclass
class OwnRows:
    """The rows as the table takes them, and what was found."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    findings: list[RowFinding] = field(default_factory=list)

    def find(self, row: int, column: str, code: str, message: str) -> None:
        """Note a finding."""
        self.findings.append(RowFinding(row, column, code, message))


def read_own_rows(
    content: bytes, framework: str, contaminant_code: Callable[[str], str | None]
) -> OwnRows:
    """Read and check a file; `contaminant_code` knows the names of contaminants."""
    found = OwnRows()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        found.find(1, "", "encoding", "The file is not UTF-8. Save it as CSV UTF-8.")
        return found
    if "\0" in text:
        found.find(1, "", "not_csv", "The file holds NUL characters and is no CSV file.")
        return found
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        if _header_is_good(header, found):
            _read_lines(lines, header, framework, contaminant_code, found)
    except csv.Error as error:
        found.find(lines.line_num, "", "not_csv", f"The line cannot be read as CSV: {error}.")
    return found


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _header_is_good(header: list[str], found: OwnRows) -> bool:
    for name in header:
        if name not in COLUMNS:
            found.find(
                1,
                name[:80],
                "unknown_column",
                f"There is no column of this name. There are: {', '.join(COLUMNS)}.",
            )
    for name in sorted({name for name in header if header.count(name) > 1}):
        found.find(1, name, "column_twice", "The column is there twice. Leave one out.")
    for name in REQUIRED:
        if name not in header:
            found.find(1, name, "column_missing", "Add the column; every row needs it.")
    return not found.findings


def _read_lines(
    lines: Any,
    header: list[str],
    framework: str,
    contaminant_code: Callable[[str], str | None],
    found: OwnRows,
) -> None:
    seen: dict[str, int] = {}
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if number > MAX_ROWS + 1:
            found.find(number, "", "too_many_rows", f"At most {MAX_ROWS} rows are taken.")
            return
        if len(cells) != len(header):
            found.find(
                number,
                "",
                "ragged_row",
                f"The row has {len(cells)} cells, the header {len(header)}. Quote texts that hold "
                "the separator.",
            )
            continue
        texts = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        row = _Row(number, texts, found)
        typed = row.typed(framework, contaminant_code)
        first = seen.setdefault(typed["id"], number)
        if first != number:
            row.find("id", "id_twice", f"Row {first} has the same id. Give each its own.")
        found.rows.append(typed)
    if not seen and not found.findings:
        found.find(1, "", "no_rows", "There is no row below the header.")


@dataclass
class _Row:
    number: int
    texts: Mapping[str, str]
    found: OwnRows

    def find(self, column: str, code: str, message: str) -> None:
        self.found.find(self.number, column, code, message)

    def text(self, column: str) -> str | None:
        text = self.texts.get(column, "")
        if len(text) > MAX_TEXT:
            self.find(column, "too_long", f"At most {MAX_TEXT} characters are taken.")
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            self.find(column, "control_character", "Remove tabs, line breaks and the like.")
        if not text and column in REQUIRED:
            self.find(column, "missing", "Every row needs it.")
        return text or None

    def number_of(self, column: str, least: float = -math.inf) -> float | None:
        text = self.text(column)
        if text is None:
            return None
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|[+-]?\.[0-9]+", text):
            self.find(
                column, "not_a_number", "Write digits with a decimal point and no thousands sign."
            )
            return None
        value = float(text)
        if not math.isfinite(value) or value < least:
            self.find(column, "out_of_range", f"The number must be finite and at least {least:g}.")
            return None
        return value

    def matches(self, column: str, pattern: re.Pattern[str], remedy: str) -> str | None:
        text = self.text(column)
        bare = re.sub(r"^(TOC|OC|SOC|OM|SOM)?\s*", "", text or "").replace(" ", "")
        if text is not None and not pattern.fullmatch(bare):
            self.find(column, "not_a_rule", remedy)
        return text

    def typed(
        self, framework: str, contaminant_code: Callable[[str], str | None]
    ) -> dict[str, Any]:
        """Return the row as the table takes it; findings are noted on the way."""
        row: dict[str, Any] = {name: self.text(name) for name in COLUMNS if name in _PLAIN}
        own = self.text("id") or ""
        if own and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", own):
            self.find("id", "bad_id", "Use at most 100 letters, digits, '-', '_' or '.'.")
        if (named := self.text("framework")) not in (None, framework):
            self.find("framework", "other_framework", f"{named} is not {framework}. One per file.")
        # Below the framework's own name no id can be one of the registry's.
        row["id"] = own if own.startswith(f"{framework}-") else f"{framework}-{own}"
        row["framework"] = framework
        row |= self._kind(contaminant_code) | self._figures() | self._rules() | self._checked()
        return row

    def _kind(self, contaminant_code: Callable[[str], str | None]) -> dict[str, Any]:
        name = self.text("contaminant")
        code = None if name is None else contaminant_code(name)
        if name is not None and code is None:
            self.find(
                "contaminant",
                "unknown_contaminant",
                f"No contaminant is called {name[:80]!r}. GET /api/contaminants lists them.",
            )
        uses = [use.strip() for use in (self.text("land_use") or "").split(";") if use.strip()]
        for use in uses:
            if use not in LAND_USES:
                self.find(
                    "land_use",
                    "unknown_land_use",
                    f"{use[:80]!r} is none of {', '.join(LAND_USES)}; join several by ';'.",
                )
        tier = self.text("tier")
        if tier is not None and tier not in TIERS:
            self.find("tier", "unknown_tier", f"{tier[:80]!r} is none of {', '.join(TIERS)}.")
        return {"contaminant": code or "", "land_use": ";".join(uses), "tier": tier or ""}

    def _figures(self) -> dict[str, Any]:
        value, upper = self.number_of("value"), self.number_of("value_max")
        if value is not None and value <= 0:
            self.find("value", "not_positive", "A guideline value is above 0.")
        if value is not None and upper is not None and upper < value:
            self.find("value_max", "below_value", "The range's upper end is below its lower end.")
        unit = self.text("unit")
        if unit not in (None, "mg/kg"):
            self.find("unit", "other_unit", "Convert to mg/kg: 1 g/kg = 1000, 1 ug/kg = 0.001.")
        low, high = self.number_of("ph_min", 0.0), self.number_of("ph_max", 0.0)
        for column, ph in (("ph_min", low), ("ph_max", high)):
            if ph is not None and ph > 14:
                self.find(column, "out_of_range", "pH lies between 0 and 14.")
        if low is not None and high is not None and low >= high:
            self.find("ph_max", "empty_class", "ph_max must be above ph_min: ph_min < pH <= ph_max")
        year = self.text("year")
        if year is not None and not re.fullmatch(r"(1[89]|20)[0-9]{2}", year):
            self.find("year", "not_a_year", "Write the year with four digits.")
            year = None
        return {
            "value": value,
            "value_max": upper,
            "unit": "mg/kg",
            "ph_min": low,
            "ph_max": high,
            "year": None if year is None else int(year),
        }

    def _rules(self) -> dict[str, Any]:
        formula = self.text("correction_formula")
        if formula not in (None, FORMULA):
            self.find("correction_formula", "unknown_formula", f"Only {FORMULA} is known.")
        country = self.text("country")
        if country is not None and not re.fullmatch(r"[A-Z]{2}", country):
            self.find("country", "not_a_country", "Write two capitals, ISO 3166 alpha-2: NL.")
        url = self.text("source_url")
        if url is not None and not re.fullmatch(r"https?://\S+", url):
            self.find("source_url", "not_an_address", "Write an address with http:// or https://.")
        return {
            "correction_formula": formula,
            "country": country,
            "source_url": url,
            "clay_pct": self.matches("clay_pct", _RULE, "Write <=25, >25 or 10-25."),
            "om_or_toc_pct": self.matches("om_or_toc_pct", _RULE, "Write TOC<=4, TOC 4-9 or OM>5."),
            "depth_cm": self.matches("depth_cm", _DEPTH, "Write 0-30 or >150."),
        }

    def _checked(self) -> dict[str, Any]:
        level = self.text("verification")
        if level is not None and level not in VERIFICATIONS:
            self.find(
                "verification",
                "unknown_verification",
                f"{level[:80]!r} is none of {', '.join(VERIFICATIONS)}.",
            )
        is_verified = VERIFICATIONS.get(level or "none", False)
        said = self.text("verified")
        if said is not None and said != ("yes" if is_verified else "no"):
            self.find(
                "verified", "contradicts", "It must be yes for official_text, transcription and "
                "secondary, and no for weak and none; or leave the column out.",
            )  # fmt: skip
        checked_in = self.text("checked_in")
        if is_verified and checked_in is None:
            self.find("checked_in", "missing", "Name the text the value was seen in.")
        return {
            "verification": level or "none",
            "verified": is_verified,
            "checked_in": checked_in,
        }


_PLAIN = frozenset(
    {
        "region",
        "legal_name",
        "tier_local",
        "basis",
        "crop",
        "soil_texture",
        "receptor",
        "status",
        "source_table",
        "note",
    }
)

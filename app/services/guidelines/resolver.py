"""Which guideline value applies to a place, and why; or why none does and what to state.

Works on rows alone. Facts come first: what is not in force, not verified, or contradicts the place
is excluded, each with its reason. Of what is left one framework and one tier are taken; a value
for the very land use goes before one for any. Where a condition cannot be decided, or several
values remain, nothing is chosen: the answer names what has to be stated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.services.guidelines.conditions import Verdict, judge
from app.services.guidelines.extraction import accepted_by
from app.services.guidelines.readings import acid_value, read
from app.services.guidelines.rows import Guideline, Place
from app.services.guidelines.soil_type import DOUBT, SoilTypes, corrected, within_bounds

# Where no tier is named: what asks for a closer look, then what must not be passed.
TIER_ORDER = ("screening", "threshold", "intervention", "target", "background")
# What is asked for where several values remain, and how a row answers it.
_DISTINCTIONS: tuple[tuple[str, Callable[[Guideline], str]], ...] = (
    ("receptor", lambda row: row.receptor or "none"),
    ("extraction", lambda row: row.basis or "not stated"),
    ("crop", lambda row: row.crop or "any"),
    ("guideline", lambda row: row.id),
)


@dataclass(frozen=True)
class Candidate:
    """A row of the framework for the contaminant, and what became of it."""

    row: Guideline
    code: str
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return it with the figures a reader needs to check the reason."""
        row = self.row
        return {
            "id": row.id,
            "framework": row.framework,
            "value": row.value,
            "value_max": row.value_max,
            "unit": row.unit,
            "land_use": row.land_use,
            "tier": row.tier,
            "tier_local": row.tier_local,
            "verified": row.verified,
            "code": self.code,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Need:
    """Something to state, and what the values that wait for it hold for."""

    parameter: str
    options: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What to do."""
        return f"state {self.parameter} ({'; '.join(self.options)})"


@dataclass(frozen=True)
class Resolution:
    """The answer. `value` is in the row's unit, corrected for the soil where the law asks."""

    status: str  # chosen, undecided or none
    sentence: str
    candidates: tuple[Candidate, ...]
    row: Guideline | None = None
    value: float | None = None
    needs: tuple[Need, ...] = ()
    caveats: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the answer with every candidate's reason."""
        row = self.row
        return {
            "status": self.status,
            "sentence": self.sentence,
            "guideline": None if row is None else row.id,
            "value": self.value,
            "unit": None if row is None else row.unit,
            "citation": None if row is None else row.citation,
            "facts": [{"code": code, "sentence": said} for code, said in self.facts],
            "needs": [
                {"parameter": need.parameter, "options": list(need.options)} for need in self.needs
            ],
            "caveats": [{"code": code, "sentence": said} for code, said in self.caveats],
            "candidates": [candidate.to_json() for candidate in self.candidates],
        }


@dataclass
class _Sieve:
    """The rows that are left, with what the checks said of them, and those that are not."""

    place: Place
    left: list[tuple[Guideline, list[Verdict]]] = field(default_factory=list)
    out: list[Candidate] = field(default_factory=list)

    def drop(self, row: Guideline, code: str, sentence: str) -> None:
        self.out.append(Candidate(row, code, sentence))

    def keep(self, code: str, said: Callable[[Guideline], str | None]) -> None:
        """Keep the rows of which nothing is said."""
        kept = []
        for row, verdicts in self.left:
            sentence = said(row)
            if sentence is None:
                kept.append((row, verdicts))
            else:
                self.drop(row, code, sentence)
        self.left = kept

    @property
    def rows(self) -> list[Guideline]:
        return [row for row, _ in self.left]


def resolve(rows: Sequence[Guideline], place: Place, soil_types: SoilTypes) -> Resolution:
    """Choose among the rows of one contaminant."""
    sieve = _Sieve(place)
    known = [read(row) for row in rows]
    for row in known:
        _sift(row, sieve, [r for r in known if (r.framework, r.tier) == (row.framework, row.tier)])
    if not sieve.left:
        return _none(sieve)
    need = _one_framework(sieve)
    if need is not None:
        return _undecided(sieve, [need])
    chose_tier = _one_tier(sieve)
    # A value for the very land use goes before one for any.
    if any("any" not in row.land_uses for row in sieve.rows) and place.land_use is not None:
        sieve.keep(
            "less_specific",
            lambda row: (
                f"A value for {place.land_use} land goes before one for any land use."
                if "any" in row.land_uses
                else None
            ),
        )
    needs = _open_conditions(sieve) or _distinctions(sieve)
    if needs:
        return _undecided(sieve, needs)
    [(row, verdicts)] = sieve.left
    return _chosen(sieve, row, verdicts, chose_tier, soil_types)


def legal_force(status: str | None) -> str:
    """Return whether a row is in force, doubtful, historic, superseded or merely quoted."""
    text = (status or "").casefold()
    for word, means in (
        ("superseded", "superseded"),
        ("quoted", "quoted"),
        ("withdrawn", "historic"),
        ("historic", "historic"),
        ("check", "doubtful"),
    ):
        if text.startswith(word):
            return means
    return "in_force"


def _sift(row: Guideline, sieve: _Sieve, siblings: list[Guideline]) -> None:
    place = sieve.place
    force = legal_force(row.status)
    is_closed = force in {"superseded", "quoted"} or (
        force == "historic" and place.framework is None  # naming it is insisting
    )
    if place.tier is not None and row.tier != place.tier:
        sieve.drop(row, "tier", f"Its tier is {row.tier}, not {place.tier}.")
    elif is_closed and not place.accept_not_in_force:
        sieve.drop(row, force, f"Its status is '{row.status}'; accept_not_in_force takes it.")
    elif not row.verified and not place.accept_unverified:
        sieve.drop(
            row,
            "unverified",
            f"No text was found that shows it ({row.verification}); accept_unverified takes it.",
        )
    else:
        verdicts = judge(row, place, siblings)
        against = next((v for v in verdicts if v.state == "excluded"), None)
        if against is None:
            sieve.left.append((row, verdicts))
        else:
            sieve.drop(row, against.code, _capital(against.sentence))


def _one_framework(sieve: _Sieve) -> Need | None:
    names = sorted({row.framework for row in sieve.rows})
    return Need("framework", tuple(names)) if len(names) > 1 else None


def _one_tier(sieve: _Sieve) -> str | None:
    """Keep one tier; return the sentence that says which, where it was not named."""
    found = [tier for tier in TIER_ORDER if any(row.tier == tier for row in sieve.rows)]
    taken = found[0]
    sieve.keep(
        "other_tier",
        lambda row: (
            None
            if row.tier == taken
            else f"No tier was named, and {taken} goes before {row.tier}; name tier={row.tier}."
        ),
    )
    if sieve.place.tier is not None:
        return None
    others = f"; {' and '.join(found[1:])} could be named" if found[1:] else ""
    return f"no tier was named, so {taken} is taken{others}"


def _open_conditions(sieve: _Sieve) -> list[Need]:
    wanted: dict[str, list[str]] = {}
    for _, verdicts in sieve.left:
        for verdict in verdicts:
            if verdict.state == "undecided" and verdict.field is not None:
                options = wanted.setdefault(verdict.field, [])
                if verdict.wants and verdict.wants not in options:
                    options.append(verdict.wants)
    return [Need(name, tuple(options)) for name, options in wanted.items()]


def _distinctions(sieve: _Sieve) -> list[Need]:
    """Return what tells the remaining values apart, where there are several."""
    if len(sieve.left) == 1:
        return []
    for name, answer in _DISTINCTIONS:
        options = tuple(dict.fromkeys(answer(row) for row in sieve.rows))
        if len(options) > 1:
            return [Need(name, options)]
    raise AssertionError("ids are unique")


def _chosen(
    sieve: _Sieve,
    row: Guideline,
    verdicts: list[Verdict],
    chose_tier: str | None,
    soil_types: SoilTypes,
) -> Resolution:
    place = sieve.place
    facts = [(v.code, v.sentence) for v in verdicts if not v.is_silent]
    if chose_tier is not None:
        facts.append(("tier", chose_tier))
    value = row.value
    if row.value_max is not None:
        if place.range_end is None:
            ends = f"{row.value:g}-{row.value_max:g} {row.unit}"
            need = Need("range_end", (f"lower: {row.value:g}", f"upper: {row.value_max:g}"))
            return _undecided(sieve, [need], f"The framework gives a range, {ends}")
        value = row.value if place.range_end == "lower" else row.value_max
        facts.append(("range", f"the {place.range_end} end of its range was asked for"))
    other = acid_value(row)
    if other is not None and place.ph is not None and place.ph < other.below_ph:
        value = other.value
    constants = soil_types.of(row)
    caveats = _caveats(row, place) + _passed_over(sieve, row)
    if constants is not None:
        if place.clay is None or place.organic_matter is None:
            return _undecided(sieve, _needs_of_soil(place))
        value = corrected(value, constants, place.clay, place.organic_matter)
        clay, matter = within_bounds(constants, place.clay, place.organic_matter)
        facts.append(
            (
                "soil_type",
                f"{row.value:g} of the standard soil is {value:.4g} for clay {clay:g} % and "
                f"organic matter {matter:g} % (A {constants.a:g}, B {constants.b:g}, "
                f"C {constants.c:g})",
            )
        )
        caveats.append(("soil_type_formula", DOUBT))
        if not constants.verified:
            caveats.append(("soil_type_constants", "The constants were not seen in the law."))
    because = "; ".join(sentence for _, sentence in facts)
    sentence = f"{row.framework} {row.tier_name}: {value:.4g} {row.unit}"
    sieve.out.append(Candidate(row, "chosen", _capital(because or "the only value") + "."))
    return Resolution(
        "chosen",
        f"{sentence}, because {because}." if because else f"{sentence}, the only value.",
        _in_order(sieve),
        row,
        value,
        caveats=tuple(caveats),
        facts=tuple(facts),
    )


def _needs_of_soil(place: Place) -> list[Need]:
    needs = []
    if place.clay is None:
        needs.append(Need("clay", ("% of dry mass; 25 is the standard soil",)))
    if place.organic_matter is None:
        needs.append(Need("organic_matter", ("% of dry mass; 10 is the standard soil",)))
    return needs


def _caveats(row: Guideline, place: Place) -> list[tuple[str, str]]:
    caveats = []
    if not row.verified:
        caveats.append(("unverified", f"No text was found that shows it ({row.verification})."))
    if legal_force(row.status) != "in_force":
        caveats.append(("status", f"Its status is '{row.status}'."))
    if row.region is not None and place.region is None:
        caveats.append(("region", f"It holds in {row.region}."))
    if not accepted_by(row.basis, row.contaminant):
        caveats.append(
            ("basis", f"The framework's extraction is not stated ('{row.basis or 'nothing'}').")
        )
    elif place.extraction is None:
        caveats.append(("extraction", f"It is one of '{row.basis}'; compare it with no other."))
    if row.note:
        caveats.append(("note", row.note))
    return caveats


def _passed_over(sieve: _Sieve, row: Guideline) -> list[tuple[str, str]]:
    """Say where a value for any land use stands in for one that nobody has checked."""
    ids = [
        candidate.row.id
        for candidate in sieve.out
        if candidate.code == "unverified"
        and (candidate.row.framework, candidate.row.tier) == (row.framework, row.tier)
        and sieve.place.land_use in candidate.row.land_uses
    ]
    if "any" not in row.land_uses or not ids:
        return []
    said = f"Values for {sieve.place.land_use} land exist and are not verified: {', '.join(ids)}."
    return [("unverified_land_use", said)]


def _undecided(sieve: _Sieve, needs: Sequence[Need], before: str | None = None) -> Resolution:
    for row, verdicts in sieve.left:
        waits = [v.sentence for v in verdicts if v.state == "undecided"]
        said = "; ".join(waits) or f"waits for {', '.join(need.parameter for need in needs)}"
        sieve.drop(row, "undecided", _capital(said) + ".")
    what = "; ".join(need.sentence for need in needs)
    start = before or "Several values may apply"
    if before is None and len(sieve.left) == 1:
        start = "Whether the value applies depends on what is not known"
    return Resolution("undecided", f"{start}: {what}.", _in_order(sieve), needs=tuple(needs))


def _none(sieve: _Sieve) -> Resolution:
    counted: dict[str, int] = {}
    for candidate in sieve.out:
        counted[candidate.code] = counted.get(candidate.code, 0) + 1
    reasons = ", ".join(f"{count} by {code}" for code, count in counted.items())
    remedy = _remedy(counted, sieve.out)
    if not counted:
        return Resolution("none", "The framework has no value for the contaminant.", ())
    return Resolution(
        "none",
        f"No value applies: {len(sieve.out)} were excluded ({reasons}).{remedy}",
        _in_order(sieve),
    )


def _remedy(counted: dict[str, int], out: Sequence[Candidate]) -> str:
    if "unverified" in counted:
        return " Say accept_unverified to take values no text was found for."
    if counted.keys() & {"superseded", "quoted", "historic"}:
        return " Say accept_not_in_force to take values that are not in force."
    if "land_use" in counted:
        uses = sorted({use for c in out if c.code == "land_use" for use in c.row.land_uses})
        return f" There are values for {', '.join(uses)} land."
    return ""


def _in_order(sieve: _Sieve) -> tuple[Candidate, ...]:
    first = {"chosen": 0, "undecided": 1}
    return tuple(sorted(sieve.out, key=lambda c: (first.get(c.code, 2), c.row.id)))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def rows_of_place(rows: Sequence[Guideline], place: Place) -> list[Guideline]:
    """Return the rows of a place's framework or country."""
    if place.framework is not None:
        return [row for row in rows if row.framework == place.framework]
    country = (place.country or "").upper()
    return [row for row in rows if row.country == country]
